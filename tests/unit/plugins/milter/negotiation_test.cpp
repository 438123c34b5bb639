#include "plugins/hooks/milter/negotiation.h"

#include "plugins/hooks/milter/macros.h"

#include <doctest/doctest.h>
#include <string>

using namespace postrider;
using namespace postrider::hooks::milter;
using namespace std::string_literals;

namespace {

Packet answer(std::uint32_t version, std::uint32_t actions, std::uint32_t steps,
              const std::string& more = "") {
    return {'O', composeNumber(version) + composeNumber(actions) + composeNumber(steps) + more};
}

}  // namespace

TEST_CASE("version 6 is offered, with every action and step but news of refused recipients") {
    CHECK(offer() == "\0\0\0\6\0\0\1\xff\0\x1f\xf7\xff"s);
}

TEST_CASE("what a milter takes of the offer is agreed on") {
    const auto agreed =
        Agreement::parse(answer(6, action::addFields, step::noHelo | step::silentHeader));
    REQUIRE(agreed);
    CHECK(agreed->mayDo(action::addFields));
    CHECK_FALSE(agreed->mayDo(action::changeBody));
    CHECK(agreed->has(step::noHelo));
    CHECK_FALSE(agreed->has(step::noMail));
    CHECK(agreed->macros(Stage::Connect) == nullptr);
}

TEST_CASE("a milter that is older than the command DATA never hears it") {
    for (const std::uint32_t version : {2U, 3U}) {
        CAPTURE(version);
        const auto agreed = Agreement::parse(answer(version, action::addFields, step::noHelo));
        REQUIRE(agreed);
        CHECK(agreed->has(step::noData));
        CHECK(agreed->has(step::noHelo));
        CHECK_FALSE(agreed->has(step::noBody));
    }
    CHECK_FALSE(Agreement::parse(answer(4, 0, 0))->has(step::noData));
}

TEST_CASE("a milter chooses its macros, also none") {
    const auto agreed = Agreement::parse(answer(6, 0, 0, "\0\0\0\0j {client_addr}\0\0\0\0\1\0"s));
    REQUIRE(agreed);
    Macros macros{"mx.example.org"};
    macros.learn({.id = "0session000001",
                  .client = {IpAddress::v4({192, 0, 2, 7}), 4321},
                  .tls = mail::TlsFacts{"TLSv1.3", "TLS_AES_256_GCM_SHA384"},
                  .ehlo = std::nullopt,
                  .user = std::nullopt});
    CHECK(macros.compose(Stage::Connect, Command::Connect, *agreed) ==
          "Cj\0mx.example.org\0{client_addr}\0"
          "192.0.2.7\0"s);
    CHECK(macros.compose(Stage::Helo, Command::Helo, *agreed).empty());
    CHECK(macros.compose(Stage::Mail, Command::Mail, *agreed) ==
          "Mi\0"
          "0session000001\0"s);
}

TEST_CASE("what was not offered, or is no negotiation, is refused") {
    const Packet packets[] = {
        {'c', ""},
        {'O', ""},
        {'O', "\0\0\0\6\0\0\0\0\0\0\0"s},
        answer(1, 0, 0),
        answer(7, 0, 0),
        answer(6, 0x200, 0),
        answer(6, 0, 0x800),
        answer(6, 0, 0, "\0\0\0\7j\0"s),
        answer(6, 0, 0, "\0\0\0\0j"s),
        answer(6, 0, 0, "\0"s),
    };
    for (const Packet& packet : packets) {
        CAPTURE(packet.data);
        CHECK_FALSE(Agreement::parse(packet));
    }
}
