#include "server/config/values.h"

#include <chrono>
#include <cstdint>
#include <doctest/doctest.h>
#include <optional>
#include <string>
#include <vector>

using namespace postrider::config;
using namespace std::chrono_literals;

TEST_CASE("sizes take K, M and G, and nothing that overflows or is no size") {
    struct Case {
        std::string text;
        std::optional<std::uint64_t> octets;
    };
    const std::vector<Case> cases{{"1", 1},
                                  {"65536", 65536},
                                  {"64K", 65536},
                                  {"64k", 65536},
                                  {"50M", 52428800},
                                  {"1G", 1073741824},
                                  {"8589934591G", 9223372035781033984U},
                                  {"0", {}},
                                  {"0K", {}},
                                  {"", {}},
                                  {"K", {}},
                                  {"1.5M", {}},
                                  {"-1", {}},
                                  {"1 M", {}},
                                  {"1MB", {}},
                                  {"1T", {}},
                                  {"17179869184G", {}},
                                  {"99999999999999999999", {}}};
    for (const Case& c : cases) {
        CAPTURE(c.text);
        const auto size = parseSize(c.text);
        CHECK(size.has_value() == c.octets.has_value());
        if (size && c.octets) CHECK(*size == *c.octets);
        if (!size) CHECK(size.error() == "expected a size such as 65536, 64K, 50M or 1G");
    }
}

TEST_CASE("durations need a unit") {
    struct Case {
        std::string text;
        std::optional<std::chrono::seconds> time;
    };
    const std::vector<Case> cases{
        {"1s", 1s},    {"90s", 90s}, {"5m", 5min},      {"2h", 2h},
        {"5d", 120h},  {"5D", 120h}, {"3650d", 87600h}, {"30", {}},
        {"0s", {}},    {"", {}},     {"m", {}},         {"5 m", {}},
        {"1h30m", {}}, {"-5m", {}},  {"3651d", {}},     {"99999999999999999d", {}}};
    for (const Case& c : cases) {
        CAPTURE(c.text);
        const auto time = parseDuration(c.text);
        CHECK(time.has_value() == c.time.has_value());
        if (time && c.time) CHECK(*time == *c.time);
        if (!time) {
            CHECK(time.error() == "expected a time from 1s to 3650d, such as 30s, 5m, 2h or 1d");
        }
    }
    CHECK(parseDurations("1m, 5m,1h").value() == std::vector<std::chrono::seconds>{1min, 5min, 1h});
    CHECK(parseDurations("").error() == "expected times such as 1m, 5m, 1h");
    CHECK_FALSE(parseDurations("1m,,2m").has_value());
    CHECK(parseDurationOrOff("off").value() == 0s);
    CHECK(parseDurationOrOff("4h").value() == 4h);
    CHECK(parseDurationOrOff("0").error() ==
          "expected off, or a time from 1s to 3650d, such as 30s, 5m, 2h or 1d");
}

TEST_CASE("listen addresses name one address, both families, or systemd") {
    struct Case {
        std::string text;
        bool good;
        std::string ip;
        std::uint16_t port = 0;
    };
    const std::vector<Case> cases{{":25", true, "", 25},
                                  {"127.0.0.1:2525", true, "127.0.0.1", 2525},
                                  {"[::1]:25", true, "::1", 25},
                                  {"systemd", true, "", 0},
                                  {"25", false, ""},
                                  {":0", false, ""},
                                  {":65536", false, ""},
                                  {"::1:25", false, ""},
                                  {"localhost:25", false, ""},
                                  {"1.2.3.4", false, ""},
                                  {"", false, ""}};
    for (const Case& c : cases) {
        CAPTURE(c.text);
        const auto address = parseListenAddress(c.text);
        REQUIRE(address.has_value() == c.good);
        if (!address) {
            CHECK(address.error() == "expected address:port, [v6 address]:port, :port or systemd");
            continue;
        }
        CHECK(address->port == c.port);
        CHECK(address->systemd == (c.text == "systemd"));
        CHECK((address->ip ? address->ip->toString() : "") == c.ip);
        CHECK(address->text == c.text);
    }
    CHECK(parseListenAddresses("off")->empty());
    CHECK(parseListenAddresses("")->empty());
    CHECK(parseListenAddresses(":25, [::1]:26")->size() == 2);
    CHECK_FALSE(parseListenAddresses(":25, off").has_value());
}

TEST_CASE("counts, flags, words, characters, names and paths say what they expect") {
    CHECK(parseCount("7", 1, 10).value() == 7);
    CHECK(parseCount("0", 1, 10).error() == "expected a number from 1 to 10");
    CHECK(parseCount("11", 1, 10).error() == "expected a number from 1 to 10");
    CHECK(parseFlag("Yes").value());
    CHECK_FALSE(parseFlag("off").value());
    CHECK(parseFlag("maybe").error() == "expected yes or no");
    CHECK(parseWord("b", {"a", "b"}).value() == "b");
    CHECK(parseWord("c", {"a", "b"}).error() == "expected one of: a b");
    CHECK(parseCharacters("+-").value() == "+-");
    CHECK(parseCharacters("").value().empty());
    for (const auto* bad : {"a", "+ -", "@", "\"", "\\", "/", "\xC3\xA4"}) {
        CAPTURE(bad);
        CHECK(parseCharacters(bad).error() ==
              "expected characters such as + - . without blanks between them");
    }
    CHECK(parseName("mail-dir_2").value() == "mail-dir_2");
    CHECK(parseName("a.b").error() == "expected a name of letters, digits, '_' and '-'");
    CHECK(parseNames("a, b")->size() == 2);
    CHECK(parseNames("a, a").error() == "expected every name once");
    CHECK(parsePath("/a/../b").value() == "/b");
    CHECK(parsePath("a").error() == "expected a path that begins with /");
    CHECK(parseEndpoints("1.1.1.1:53, [::1]:53")->size() == 2);
    CHECK(parseEndpoints("1.1.1.1").error() == "expected address:port or [v6 address]:port");
}

TEST_CASE("networks have a comma between them, no bits behind the prefix, and are not too wide") {
    struct Case {
        std::string text;
        std::string result;  ///< the networks with a blank between, or the reason
    };
    const std::vector<Case> cases{
        {"", ""},
        {"10.0.0.0/8, 2001:db8::/32,192.0.2.7", "10.0.0.0/8 2001:db8::/32 192.0.2.7/32"},
        {"0.0.0.0/0", "0.0.0.0/0 is half the world: the widest network here is /8"},
        {"127.0.0.1, 10.0.0.0/7", "10.0.0.0/7 is half the world: the widest network here is /8"},
        {"::/0", "::/0 is half the world: the widest network here is /32"},
        {"10.1.2.3/8",
         "10.1.2.3 has bits behind the prefix; write 10.0.0.0/8 for the network or 10.1.2.3 for "
         "the one address"},
        {"office", "expected a network such as 192.0.2.0/24"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text);
        const auto networks = parseNetworks(c.text);
        std::string shown = networks ? "" : networks.error();
        if (networks) {
            for (const auto& network : *networks)
                shown += (shown.empty() ? "" : " ") + network.toString();
        }
        CHECK(shown == c.result);
    }
}

TEST_CASE("TLS before 1.2 cannot be asked for (RFC 8996)") {
    CHECK((parseTlsVersion("1.2").value() == postrider::net::TlsVersion::Tls12));
    CHECK((parseTlsVersion("1.3").value() == postrider::net::TlsVersion::Tls13));
    for (const auto* text : {"1.1", "1.0", "1", "TLSv1.3", "", "1.4"}) {
        CAPTURE(text);
        CHECK(!parseTlsVersion(text));
    }
}
