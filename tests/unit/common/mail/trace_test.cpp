#include "common/mail/trace.h"

#include "common/base/text.h"
#include "tests/support/fake_clock.h"

#include <doctest/doctest.h>
#include <string>

namespace postrider::mail {

namespace {

const EhloName client = EhloName::from("mail.example.org");
const QueueId id = *QueueId::parse("0123456789abcd");

ReceivedFacts facts(const EhloName& ehlo = client) {
    return {.ehlo = ehlo,
            .client = IpAddress::parse("192.0.2.7"),
            .hostname = "mx.example.net",
            .id = id,
            .at = fromUnixSeconds(1'795'262'400)};
}

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

}  // namespace

TEST_CASE("Received tells who, to whom, how, which and when (RFC 5321 4.4, S-041)") {
    auto told = facts();
    told.tls = true;
    told.tlsVersion = "TLSv1.3";
    told.tlsCipher = "TLS_AES_256_GCM_SHA384";
    told.onlyRecipient = "bob@example.net";
    CHECK(composeReceived(told) ==
          "Received: from mail.example.org ([192.0.2.7])\r\n"
          "\tby mx.example.net with ESMTPS (TLSv1.3 TLS_AES_256_GCM_SHA384)\r\n"
          "\tid 0123456789abcd\r\n"
          "\tfor <bob@example.net>;\r\n"
          "\tSat, 21 Nov 2026 12:00:00 +0000\r\n");

    auto helo = facts();
    helo.esmtp = false;
    helo.client = IpAddress::parse("2001:db8::7");
    CHECK(composeReceived(helo) ==
          "Received: from mail.example.org ([IPv6:2001:db8::7])\r\n"
          "\tby mx.example.net with SMTP\r\n"
          "\tid 0123456789abcd;\r\n"
          "\tSat, 21 Nov 2026 12:00:00 +0000\r\n");
}

TEST_CASE("the protocol word follows what was used (RFC 3848, RFC 6531 4.3, I-008)") {
    struct Case {
        bool esmtp, utf8, tls, authenticated;
        std::string word;
    };
    const Case cases[] = {
        {false, false, false, false, " with SMTP\r"},
        {true, false, false, false, " with ESMTP\r"},
        {true, false, true, false, " with ESMTPS\r"},
        {true, false, true, true, " with ESMTPSA\r"},
        {true, false, false, true, " with ESMTPA\r"},
        {true, true, false, false, " with UTF8SMTP\r"},
        {true, true, true, false, " with UTF8SMTPS\r"},
        {true, true, true, true, " with UTF8SMTPSA\r"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.word);
        auto told = facts();
        told.esmtp = c.esmtp;
        told.utf8 = c.utf8;
        told.tls = c.tls;
        told.authenticated = c.authenticated;
        CHECK(contains(composeReceived(told), c.word));
    }
}

TEST_CASE("Received says neither address nor name of a client that logged in (U-009)") {
    for (const std::string name : {"[192.0.2.7]", "192.0.2.7", "alices-laptop.home.example"}) {
        CAPTURE(name);
        const auto ehlo = EhloName::from(name);
        auto told = facts(ehlo);
        told.authenticated = true;
        const std::string field = composeReceived(told);
        CHECK(field.starts_with("Received: from localhost\r\n"));
        CHECK_FALSE(contains(field, "192.0.2.7"));
        CHECK_FALSE(contains(field, "laptop"));
    }
}

TEST_CASE("Received names a recipient only where it was told one, and in ASCII mail only ASCII") {
    auto told = facts();
    CHECK_FALSE(contains(composeReceived(told), "for <"));
    told.onlyRecipient = "j\u00FC@example.net";
    CHECK_FALSE(contains(composeReceived(told), "for <"));
    told.utf8 = true;
    CHECK(contains(composeReceived(told), "for <j\u00FC@example.net>;"));
}

TEST_CASE("nothing a client says adds a line to Received") {
    const auto ehlo = EhloName::from("x\r\nX-Evil: 1)\r\n");
    auto told = facts(ehlo);
    told.tls = true;
    told.tlsVersion = "TLS)\r\nX: 1";
    told.tlsCipher = std::string_view{"(\0", 2};
    told.onlyRecipient = "a@b\r\nX-Evil: 1";
    const std::string field = composeReceived(told);
    const auto header = HeaderSection::parse(field + "\r\n");
    REQUIRE(header.fields().size() == 1);
    CHECK(header.wellFormed());
    CHECK(contains(field, "from x??X-Evil:?1??? ([192.0.2.7])"));
    CHECK(contains(field, "(TLS???X??1 ?\?)"));
    CHECK_FALSE(contains(field, "for <"));
}

TEST_CASE("Return-Path and Delivered-To carry the envelope (S-042)") {
    CHECK(composeReturnPath(ReversePath{}) == "Return-Path: <>\r\n");
    CHECK(composeReturnPath(*ReversePath::parse("<Alice@Example.org>")) ==
          "Return-Path: <Alice@example.org>\r\n");
    CHECK(composeDeliveredTo(*Mailbox::parse("\"a b\"@example.net")) ==
          "Delivered-To: \"a b\"@example.net\r\n");
}

TEST_CASE("our own Received fields are told from others by our name and an id of our form") {
    const auto count = [](const std::string& fields) {
        return countReceivedBy(HeaderSection::parse(fields + "\r\n"), "MX.example.org");
    };
    auto told = facts();
    told.hostname = "mx.example.org";
    told.tls = true;
    told.tlsVersion = "TLSv1.3";
    const std::string ours = composeReceived(told);
    CHECK(count(ours + "Subject: x\r\n" + ours) == 2);
    told.hostname = "mx.other.org";
    CHECK(count(composeReceived(told)) == 0);
    CHECK(count("Received: by mx.example.org with SMTP id 12345; date\r\n") == 0);
    CHECK(count("Received: from a (by mx.example.org id 01hq7zzzzz0abc) by b; date\r\n") == 0);
    CHECK(count("X-Received: " + ours.substr(10)) == 0);
}

TEST_CASE("earlier deliveries are counted for one mailbox, in any spelling of case") {
    const auto header = HeaderSection::parse(
        "Delivered-To: bob@example.org\r\ndelivered-to:\r\n BOB@Example.ORG\r\n"
        "Delivered-To: bob+x@example.org\r\nDelivered-To: mailing list x@example.org\r\n"
        "X-Delivered-To: bob@example.org\r\n\r\n");
    CHECK(countDeliveredTo(header, *Mailbox::parse("bob@example.org")) == 2);
    CHECK(countDeliveredTo(header, *Mailbox::parse("bob+x@example.org")) == 1);
    CHECK(countDeliveredTo(header, *Mailbox::parse("bob@example.net")) == 0);
}

TEST_CASE("hops are counted by Received fields (RFC 5321 6.3, S-058)") {
    std::string octets;
    for (int i = 0; i < 100; ++i)
        octets += composeReceived(facts());
    octets += "X-Received: no\r\nreceived: yes\r\n\r\nReceived: body\r\n";
    CHECK(countReceived(HeaderSection::parse(octets)) == 101);
}

}  // namespace postrider::mail
