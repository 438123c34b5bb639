#include "common/plugin/settings.h"

#include "common/plugin/api.h"

#include <chrono>
#include <doctest/doctest.h>
#include <functional>
#include <map>
#include <string>
#include <vector>

using namespace postrider;
using plugin::Settings;
using namespace std::chrono_literals;

namespace {

Settings settings(const std::map<std::string, std::string>& options) {
    std::map<std::string, plugin::SettingValue> values;
    for (const auto& [key, text] : options)
        values[key] = {text, "postrider.properties:9"};
    return {"courier.local", values, "/etc/postrider", "postrider.properties:1"};
}

std::string complaintOf(const std::function<void()>& call) {
    try {
        call();
    } catch (const plugin::ConfigError& error) {
        return error.what();
    }
    return "no complaint";
}

}  // namespace

TEST_CASE("options are read with their types and defaults") {
    const auto all = settings({{"path", "/mail"},
                               {"port", "2525"},
                               {"timeout", "5m"},
                               {"loud", "Yes"},
                               {"names", "a, b ,,c"}});
    CHECK(all.text("path") == "/mail");
    CHECK(all.text("other", "fallback") == "fallback");
    CHECK(all.number("port", 25, 1, 65535) == 2525);
    CHECK(all.number("size", 7, 1, 10) == 7);
    CHECK(all.duration("timeout", 1s) == 5min);
    CHECK(all.duration("grace", 30s) == 30s);
    CHECK(all.flag("loud", false));
    CHECK(all.flag("quiet", true));
    CHECK(all.list("names") == std::vector<std::string>{"a", "b", "c"});
    CHECK(all.list("nothing").empty());
    CHECK(all.unread().empty());
}

TEST_CASE("times are whole numbers with a unit, from a second to a year") {
    struct Case {
        std::string text;
        std::chrono::seconds time;
    };
    const std::vector<Case> good{{"1s", 1s}, {"90m", 90min}, {"2h", 2h}, {"365d", 8760h}};
    for (const auto& c : good) {
        CAPTURE(c.text);
        CHECK(settings({{"t", c.text}}).duration("t", 1s) == c.time);
    }
    const std::vector<std::string> bad{
        "", "5", "0s", "-1s", "1.5h", "5 m", "5x", "366d", "99999999999999999999s", "s"};
    for (const auto& text : bad) {
        CAPTURE(text);
        CHECK(complaintOf([&] {
                  static_cast<void>(settings({{"t", text}}).duration("t", 1s));
              }).starts_with("postrider.properties:9: courier.local.t is '"));
    }
}

TEST_CASE("a bad value is told with file, line, key and what was expected") {
    struct Case {
        std::function<void(const Settings&)> read;
        std::string complaint;
    };
    const std::vector<Case> cases{
        {[](const Settings& s) { static_cast<void>(s.text("absent")); },
         "postrider.properties:1: courier.local.absent is required and missing"},
        {[](const Settings& s) { static_cast<void>(s.text("empty")); },
         "postrider.properties:9: courier.local.empty must not be empty"},
        {[](const Settings& s) { static_cast<void>(s.number("word", 1, 1, 9)); },
         "postrider.properties:9: courier.local.word is 'many', expected a number from 1 to 9"},
        {[](const Settings& s) { static_cast<void>(s.number("ten", 1, 1, 9)); },
         "postrider.properties:9: courier.local.ten is '10', expected a number from 1 to 9"},
        {[](const Settings& s) { static_cast<void>(s.flag("word", true)); },
         "postrider.properties:9: courier.local.word is 'many', expected yes or no"},
    };
    const auto all = settings({{"empty", ""}, {"word", "many"}, {"ten", "10"}});
    for (const auto& c : cases) {
        CAPTURE(c.complaint);
        CHECK(complaintOf([&] { c.read(all); }) == c.complaint);
    }
}

TEST_CASE("options that nobody read are told, so that a typo is found") {
    const auto all = settings({{"path", "/mail"}, {"paht", "/mail"}});
    static_cast<void>(all.text("path"));
    CHECK(all.unread() == std::vector<std::string>{"paht"});
    CHECK(all.asked() == std::vector<std::string>{"path"});
    CHECK(all.has("paht"));
    CHECK_FALSE(all.has("port"));
    CHECK(all.unread().empty());
    CHECK(all.asked() == std::vector<std::string>{"paht", "path", "port"});
}

TEST_CASE("who misspelt a required option hears of the line that he wrote") {
    const auto misspelt = settings({{"adress", "/run/lmtp"}, {"colour", "blue"}});
    CHECK(complaintOf([&] { static_cast<void>(misspelt.text("address")); }) ==
          "postrider.properties:9: courier.local.adress is no option; did you mean "
          "courier.local.address?");
    const auto other = settings({{"colour", "blue"}});
    CHECK(complaintOf([&] { static_cast<void>(other.text("address")); }) ==
          "postrider.properties:1: courier.local.address is required and missing");
}

TEST_CASE("the build string names the ABI of compiler, string and POCO") {
    CHECK(plugin::hostBuild() == POSTRIDER_BUILD);
    CHECK(plugin::hostBuild().starts_with("cxxabi=1"));
    CHECK(plugin::hostBuild().find(" cxx11string=1 poco=0x01") != std::string_view::npos);
}
