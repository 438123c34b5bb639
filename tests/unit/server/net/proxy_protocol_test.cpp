#include "server/net/proxy_protocol.h"

#include <doctest.h>
#include <string>
#include <vector>

using postrider::Endpoint;
using postrider::net::parseProxyHeader;
using postrider::net::ProxyHeader;
using postrider::net::ProxyHeaderMalformed;
using postrider::net::ProxyHeaderUnfinished;

namespace {

const std::string signature{"\r\n\r\n\0\r\nQUIT\n", 12};

/// Version 2: command, family and transport, and what its length counts.
std::string binary(char command, char about, const std::string& rest) {
    std::string header = signature + command + about;
    header += static_cast<char>(rest.size() / 256);
    header += static_cast<char>(rest.size() % 256);
    return header + rest;
}

const std::string addressesV4{"\xc0\x00\x02\x07\xc6\x33\x64\x01\xc3\x50\x00\x19", 12};
const std::string addressesV6 = std::string("\x20\x01\x0d\xb8", 4) + std::string(11, '\0') + "\7" +
                                std::string(16, '\1') + std::string("\xc3\x50\x00\x19", 4);

struct Announced {
    std::string header;
    std::string client;  ///< empty: nobody is named
};

const std::vector<Announced> good{
    {"PROXY TCP4 192.0.2.7 198.51.100.1 50000 25\r\n", "192.0.2.7:50000"},
    {"PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255:65535"},
    {"PROXY TCP6 2001:db8::7 2001:db8::1 50000 25\r\n", "[2001:db8::7]:50000"},
    {"PROXY TCP6 ::ffff:192.0.2.7 ::1 50000 25\r\n", "192.0.2.7:50000"},
    {"PROXY UNKNOWN\r\n", ""},
    {"PROXY UNKNOWN 2001:db8::7 2001:db8::1 50000 25\r\n", ""},
    {"PROXY UNKNOWN and what else may stand here\r\n", ""},
    {binary('\x21', '\x11', addressesV4), "192.0.2.7:50000"},
    {binary('\x21', '\x21', addressesV6), "[2001:db8::7]:50000"},
    {binary('\x21', '\x11', addressesV4 + std::string("\4\0\2xx", 5)), "192.0.2.7:50000"},
    {binary('\x20', '\x00', ""), ""},
    {binary('\x20', '\x11', addressesV4), ""},
    {binary('\x21', '\x00', "whatever"), ""},
    {binary('\x21', '\x31', std::string(216, 'x')), ""},
};

}  // namespace

TEST_CASE("a PROXY header names the client, and its end is known to the octet") {
    for (const auto& c : good) {
        CAPTURE(c.header);
        const auto parse = parseProxyHeader(c.header + "\x16\x03\x01 the client's own");
        const auto* header = std::get_if<ProxyHeader>(&parse);
        REQUIRE(header != nullptr);
        CHECK(header->size == c.header.size());
        CHECK((header->client ? header->client->toString() : "") == c.client);
    }
}

TEST_CASE("every beginning of a good PROXY header is unfinished, never wrong") {
    for (const auto& c : good) {
        CAPTURE(c.header);
        for (std::size_t length = 0; length < c.header.size(); ++length) {
            CAPTURE(length);
            const auto parse = parseProxyHeader(std::string_view{c.header}.substr(0, length));
            CHECK(std::holds_alternative<ProxyHeaderUnfinished>(parse));
        }
    }
}

TEST_CASE("what is no PROXY header is told as soon as that is known") {
    const std::string noAddresses = "addresses or ports of the PROXY line are none";
    const std::string noLine = "not a PROXY line of version 1";
    const std::string noLineEnd = "a PROXY line must end in CRLF";
    const std::string noTcp = "the PROXY header is about something that is no TCP connection";
    const std::string unknown = "neither version nor command of the PROXY header is known";
    struct Case {
        std::string octets;
        std::string reason;
    };
    const std::vector<Case> cases{
        {"E", "no PROXY header"},
        {"EHLO client.test\r\n", "no PROXY header"},
        {"\x16\x03\x01", "no PROXY header"},
        {"PROXX", "no PROXY header"},
        {"proxy TCP4", "no PROXY header"},
        {"\r\n\r\nx", "no PROXY header"},
        {"PROXY \r\n", noLine},
        {"PROXY TCP4\r\n", noLine},
        {"PROXY UDP4 192.0.2.7 198.51.100.1 50000 25\r\n", noLine},
        {"PROXY TCP4 192.0.2.7 198.51.100.1 50000 25 \r\n", noLine},
        {"PROXY TCP4  192.0.2.7 198.51.100.1 50000 25\r\n", noLine},
        {"PROXY TCP4 192.0.2.777 198.51.100.1 50000 25\r\n", noAddresses},
        {"PROXY TCP4 192.0.2.7 198.51.100.1 65536 25\r\n", noAddresses},
        {"PROXY TCP4 192.0.2.7 198.51.100.1 050000 25\r\n", noAddresses},
        {"PROXY TCP4 2001:db8::7 2001:db8::1 50000 25\r\n", noAddresses},
        {"PROXY TCP6 192.0.2.7 198.51.100.1 50000 25\r\n", noAddresses},
        {"PROXY TCP4 192.0.2.7 198.51.100.1 50000 25\n", noLineEnd},
        {"PROXY TCP4 192.0.2.7\r198.51.100.1 50000 25\r\n", noLineEnd},
        {"PROXY UNKNOWN \n\r\n", noLineEnd},
        {"PROXY UNKNOWN " + std::string(93, 'x'), "the PROXY line is too long"},
        {"PROXY UNKNOWN " + std::string(92, 'x') + "\r\n", "the PROXY line is too long"},
        {signature + "\x11", unknown},
        {signature + "\x22", unknown},
        {binary('\x21', '\x12', addressesV4), noTcp},
        {binary('\x21', '\x11', addressesV4.substr(1)),
         "the PROXY header is too short for its addresses"},
        {binary('\x21', '\x21', addressesV6.substr(1)),
         "the PROXY header is too short for its addresses"},
        {signature + "\x21\x11\xff\xff", "the PROXY header is too long"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.octets);
        const auto parse = parseProxyHeader(c.octets);
        const auto* wrong = std::get_if<ProxyHeaderMalformed>(&parse);
        REQUIRE(wrong != nullptr);
        CHECK(wrong->reason == c.reason);
    }
}

TEST_CASE("the longest line of version 1 has 107 octets") {
    const std::string longest = "PROXY UNKNOWN " + std::string(91, 'x') + "\r\n";
    REQUIRE(longest.size() == 107);
    CHECK(std::holds_alternative<ProxyHeader>(parseProxyHeader(longest)));
}
