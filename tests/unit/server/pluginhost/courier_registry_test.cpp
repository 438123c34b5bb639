#include "server/pluginhost/courier_registry.h"

#include "tests/support/fake_host.h"
#include "tests/support/request_builder.h"

#include <doctest/doctest.h>
#include <map>
#include <string>
#include <vector>

using namespace postrider;
using plugin::Disposition;
using pluginhost::CourierRegistry;

namespace {

using Options = std::map<std::string, std::string>;

config::InstanceConfig instance(const std::string& name, const Options& options,
                                const std::string& plugin = "good") {
    config::InstanceConfig made{name, plugin, "postrider.properties:7", {}};
    for (const auto& [key, text] : options)
        made.options[key] = {text, "postrider.properties:8"};
    return made;
}

/// One instance named "local" in the given mood, and what it makes of two recipients.
struct Moody {
    test::FakeHost fake;
    pluginhost::PluginCatalog catalog{POSTRIDER_FIXTURES};
    std::shared_ptr<const CourierRegistry> registry;

    explicit Moody(const std::string& mood) {
        auto made = CourierRegistry::create({instance("local", {{"mood", mood}})}, catalog,
                                            fake.host(), "/etc/postrider");
        REQUIRE(made);
        registry = *made;
    }
    [[nodiscard]] std::vector<plugin::DeliveryOutcome> deliver() const {
        test::RequestBuilder builder;
        return registry->deliver("local", builder.to("a@example.org").to("b@example.org").build());
    }
    [[nodiscard]] std::uint64_t faults() {
        return fake.metrics.counter("postrider_courier_faults", "", {"courier", "local"}).value();
    }
};

std::vector<std::string> complaints(const std::vector<config::InstanceConfig>& instances) {
    test::FakeHost fake;
    pluginhost::PluginCatalog catalog{POSTRIDER_FIXTURES};
    auto made = CourierRegistry::create(instances, catalog, fake.host(), "/etc/postrider");
    REQUIRE_FALSE(made);
    return made.error();
}

}  // namespace

TEST_CASE("a courier that does its work is left alone") {
    Moody moody{"fine"};
    const auto outcomes = moody.deliver();
    REQUIRE(outcomes.size() == 2);
    CHECK(outcomes[1].disposition == Disposition::Delivered);
    CHECK(outcomes[1].status.toString() == "2.0.0");
    CHECK(moody.faults() == 0);
    CHECK(moody.fake.log.lines().empty());
    CHECK(moody.registry->names() == std::vector<std::string>{"local"});
}

TEST_CASE("a courier that throws or forgets recipients delays them all") {
    struct Case {
        std::string mood;
        std::string reason;
    };
    const std::vector<Case> cases{{"throws", "bad day"},
                                  {"throws-int", "no std::exception"},
                                  {"silent", "0 outcomes for 2 recipients"}};
    for (const auto& c : cases) {
        CAPTURE(c.mood);
        Moody moody{c.mood};
        const auto outcomes = moody.deliver();
        REQUIRE(outcomes.size() == 2);
        for (const auto& outcome : outcomes) {
            CHECK(outcome.disposition == Disposition::Transient);
            CHECK(outcome.status.toString() == "4.3.0");
        }
        CHECK(moody.faults() == 1);
        CHECK(moody.fake.log.count("courier-fault") == 1);
        CHECK(moody.fake.log.contains("courier=local"));
        CHECK(moody.fake.log.contains(c.reason));
    }
}

TEST_CASE("a status that contradicts the disposition gives way to it") {
    Moody contradicts{"contradicts"};
    const auto delivered = contradicts.deliver();
    CHECK(delivered[0].disposition == Disposition::Delivered);
    CHECK(delivered[0].status.toString() == "2.0.0");
    CHECK(contradicts.faults() == 2);
    CHECK(contradicts.fake.log.contains("5.1.1 contradicts"));

    Moody denies{"denies-softly"};
    const auto later = denies.deliver();
    CHECK(later[0].disposition == Disposition::Transient);
    CHECK(later[0].status.toString() == "4.0.0");
}

TEST_CASE("what a courier says becomes one printable line") {
    Moody moody{"rude"};
    CHECK(moody.deliver()[0].diagnostic == "two\\x0d\\x0alines");
}

TEST_CASE("mail for an instance that is gone is tried later") {
    Moody moody{"fine"};
    test::RequestBuilder builder;
    const auto outcomes = moody.registry->deliver("gone", builder.to("a@example.org").build());
    REQUIRE(outcomes.size() == 1);
    CHECK(outcomes[0].disposition == Disposition::Transient);
    CHECK(outcomes[0].status.toString() == "4.3.5");
    CHECK(moody.registry->find("gone") == nullptr);
}

TEST_CASE("every complaint about the configured couriers is told, with file and line") {
    const auto found = complaints({
        instance("one", {{"mood", "unborn"}}),
        instance("two", {{"mod", "fine"}}),
        instance("three", {}, "absent"),
        instance("four", {{"mood", "stillborn"}}),
        instance("five", {{"mood", "nothing"}}),
        instance("six", {}),
        instance("six", {}),
    });
    REQUIRE(found.size() == 6);
    CHECK(found[0] == "postrider.properties:8: courier.one.mood must not be unborn");
    CHECK(found[1] ==
          "postrider.properties:8: courier.two.mod: the plugin 'good' has no such option; did you "
          "mean courier.two.mood?");
    CHECK(found[2].starts_with("postrider.properties:7: courier.three.plugin: plugin /"));
    CHECK(found[3] ==
          "postrider.properties:7: courier.four.plugin: the plugin failed: not a ConfigError");
    CHECK(found[4] == "postrider.properties:7: courier.five.plugin: the plugin made nothing");
    CHECK(found[5] ==
          "postrider.properties:7: courier.six.plugin: there is another courier of this name");
}

TEST_CASE("the courier that was built outside of the tree takes mail" * doctest::skip()) {
    // Run by tests/layering/check_out_of_tree.py, which builds it and names its folder.
    const char* folder = std::getenv("POSTRIDER_OUT_OF_TREE");  // NOLINT(concurrency-mt-unsafe)
    REQUIRE(folder != nullptr);
    test::FakeHost fake;
    pluginhost::PluginCatalog catalog{folder};
    auto made = CourierRegistry::create({instance("sink", {}, "blackhole")}, catalog, fake.host(),
                                        "/etc/postrider");
    INFO((made ? std::string{} : made.error().front()));
    REQUIRE(made);
    test::RequestBuilder builder;
    const auto outcomes = (*made)->deliver("sink", builder.to("a@example.org").build());
    REQUIRE(outcomes.size() == 1);
    CHECK(outcomes[0].disposition == Disposition::Delivered);
}
