#include "common/base/text_file.h"
#include "server/config/keys.h"
#include "server/config/load.h"
#include "tests/support/temp_dir.h"

#include <algorithm>
#include <doctest/doctest.h>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

using namespace postrider;
using postrider::test::TempDir;

namespace {

struct Documented {
    std::vector<std::string> lines;  ///< "key = value", without the '#' before it
    std::map<std::string, std::string> values;
    std::set<std::string> explained;  ///< keys with a comment above them
};

/// A key that is shown: '#' and the key without a blank between.
Documented readDocumentation() {
    const auto file =
        readTextFile(std::string{POSTRIDER_TESTS_DIR} + "/../conf/postrider.properties");
    REQUIRE(file.has_value());
    Documented found;
    const std::regex shown{"#([A-Za-z0-9_.]+) =(?: (.*))?"};
    bool belowSentence = false;
    for (const auto view : linesOf(*file)) {
        const std::string line{view};
        std::smatch match;
        if (std::regex_match(line, match, shown)) {
            CHECK_MESSAGE(!found.values.contains(match[1]), line);
            found.lines.push_back(line.substr(1));
            found.values[match[1]] = match[2];
            if (belowSentence) found.explained.insert(match[1]);
        } else {
            CHECK_MESSAGE(
                (line.empty() || line.starts_with("# ") || line == "#" || line.starts_with("#  ")),
                line);
            belowSentence = line.starts_with("# ");
        }
    }
    return found;
}

bool isInstanceKey(const std::string& key) {
    const bool named = key.starts_with("courier.") || key.starts_with("hook.");
    return named && std::count(key.begin(), key.end(), '.') >= 2;
}

config::Config loadText(const std::string& text) {
    const TempDir dir;
    dir.write("postrider.properties", text);
    auto config = config::load(dir.path(), {{"hostname", "mx.example.org"}});
    REQUIRE(config.has_value());
    config->configDir.clear();
    config->origins.clear();
    return *config;
}

}  // namespace

TEST_CASE("conf/postrider.properties shows every key the loader knows, and no other") {
    const auto documented = readDocumentation();
    std::set<std::string> known;
    for (const auto& key : config::knownKeys())
        known.emplace(key.name);
    std::set<std::string> shown;
    for (const auto& [key, value] : documented.values) {
        if (!isInstanceKey(key)) shown.insert(key);
    }
    CHECK(shown == known);
    for (const auto& key : known) {
        CAPTURE(key);
        CHECK(documented.explained.contains(key));
    }
}

TEST_CASE("the defaults that conf/postrider.properties shows are the true ones") {
    const auto documented = readDocumentation();
    auto byDefault = loadText("");
    for (const auto& line : documented.lines) {
        CAPTURE(line);
        if (isInstanceKey(line.substr(0, line.find(' ')))) continue;
        auto config = loadText(line + "\n");
        CHECK(config == byDefault);
    }
    CHECK(documented.values.at("courier.maildir.path") ==
          byDefault.couriers.front().options.at("path").text);
    for (const auto& instance : byDefault.couriers) {
        CAPTURE(instance.name);
        CHECK(documented.values.at("courier." + instance.name + ".plugin") == instance.plugin);
    }
}

TEST_CASE("all defaults together make the default configuration") {
    std::string all;
    for (const auto& line : readDocumentation().lines)
        all += line + "\n";
    auto config = loadText(all);
    auto byDefault = loadText("");
    config.couriers.clear();  // they remember the lines that named them
    byDefault.couriers.clear();
    CHECK(config == byDefault);
}
