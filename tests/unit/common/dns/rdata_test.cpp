#include "common/dns/rdata.h"

#include "tests/support/udp_name_server.h"

#include <doctest/doctest.h>
#include <string>
#include <vector>

using namespace postrider;
using namespace std::string_literals;
using test::UdpNameServer;

TEST_CASE("a name is read whole, in lower case and without the trailing dot") {
    CHECK(dns::parseName("\3FOO\7exAmple\0"s) == "foo.example");
    CHECK(dns::parseName("\0"s) == ".");
    CHECK(dns::parseName("\5_smtp\4_tcp\1x\0"s) == "_smtp._tcp.x");
}

TEST_CASE("what is not exactly a host name gives nothing") {
    std::string tooLong;
    for (int i = 0; i < 5; ++i)
        tooLong += "\x3f" + std::string(63, 'a');
    const std::vector<std::string> bad{
        ""s,
        "\3foo"s,     // no end
        "\4foo\0"s,   // a label longer than what is there
        "\3foo\0x"s,  // octets behind the end
        "\xc0\x0c"s,  // a pointer
        "\x40"s + std::string(64, 'a') + "\0"s,
        "\3f.o\0"s,  // a dot inside a label is another name than it looks like
        "\3f\0o\0"s,
        "\5a\r\nbc\0"s,  // would be a second header field
        "\3a b\0"s,
        "\3a\\b\0"s,
        "\2\xc3\xa9\0"s,
        tooLong + "\0"s,
    };
    for (const auto& rdata : bad) {
        CAPTURE(rdata);
        CHECK_FALSE(dns::parseName(rdata));
    }
}

TEST_CASE("MX records have a preference and a name, or are none") {
    const auto mx = dns::parseMx(UdpNameServer::wireMx(258, "mx.example.org"));
    REQUIRE(mx);
    CHECK(mx->preference == 258);
    CHECK(mx->exchange == "mx.example.org");
    CHECK(dns::parseMx("\0\0\0"s)->exchange == ".");
    for (const auto& bad : {""s, "\0"s, "\0\1"s, "\0\1\3foo"s})
        CHECK_FALSE(dns::parseMx(bad));
}

TEST_CASE("TXT strings are joined, octets as they are") {
    CHECK(dns::parseTxt("\5v=spf\2 1"s) == "v=spf 1");
    CHECK(dns::parseTxt("\0"s) == "");
    CHECK(dns::parseTxt("\3a\0b"s) == "a\0b"s);
    CHECK_FALSE(dns::parseTxt(""s));
    CHECK_FALSE(dns::parseTxt("\5abc"s));
}

TEST_CASE("TLSA records have three numbers and data (RFC 6698 2.1)") {
    const auto tlsa = dns::parseTlsa("\3\1\1hash"s);
    REQUIRE(tlsa);
    CHECK(tlsa->usage == 3);
    CHECK(tlsa->selector == 1);
    CHECK(tlsa->matching == 1);
    CHECK(tlsa->data == "hash");
    for (const auto& bad : {""s, "\3"s, "\3\1\1"s})
        CHECK_FALSE(dns::parseTlsa(bad));
}

TEST_CASE("addresses have 4 or 16 octets") {
    CHECK(dns::parseAddress("\x7f\0\0\1"s)->toString() == "127.0.0.1");
    CHECK(dns::parseAddress(std::string(15, '\0') + "\1")->toString() == "::1");
    for (const std::size_t size : {0U, 3U, 5U, 15U, 17U}) {
        CHECK_FALSE(dns::parseAddress(std::string(size, '\1')));
    }
}

TEST_CASE("names that no server should be asked for are told apart") {
    const std::vector<std::string> good{
        "example.org", "_dmarc.example.org",          "a",
        "r3---sn.x",   std::string(63, 'a') + ".org", "1.2.0.192.in-addr.arpa"};
    for (const auto& name : good) {
        CAPTURE(name);
        CHECK(dns::isAskable(name));
    }
    std::string longName;
    for (int i = 0; i < 127; ++i)
        longName += "a.";
    const std::vector<std::string> bad{"",        ".",   "a..b", "a.",  std::string(64, 'a'),
                                       longName,  "a b", "a\\b", "a\n", "a\0b"s,
                                       "\xc3\xa9"};
    for (const auto& name : bad) {
        CAPTURE(name);
        CHECK_FALSE(dns::isAskable(name));
    }
}

TEST_CASE("reverse names are written as RFC 1035 3.5 and RFC 3596 2.5 say") {
    CHECK(dns::reverseName(*IpAddress::parse("192.0.2.1")) == "1.2.0.192.in-addr.arpa");
    CHECK(dns::reverseName(*IpAddress::parse("2001:db8::567:89ab")) ==
          "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
}
