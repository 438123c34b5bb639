#include "common/net/dsn_parameters.h"

#include <doctest.h>
#include <set>

using namespace postrider;
using mail::NotifyOn;

TEST_CASE("RET and ENVID are said as they were given, in xtext (RFC 3461 4.3, 4.4; D-003, D-005)") {
    mail::MailParameters parameters;
    CHECK(net::dsnMailParameters(parameters).empty());
    parameters.ret = mail::Ret::Headers;
    parameters.envid = "QQ 314+159=x";
    CHECK(net::dsnMailParameters(parameters) == " RET=HDRS ENVID=QQ+20314+2B159+3Dx");
}

TEST_CASE("an ENVID that no client can have said is left out") {
    for (const std::string& envid : {std::string{}, std::string(101, 'x'), std::string(40, '+'),
                                     std::string{"a\r\nRCPT"}, std::string{"\xc3\xa4"}}) {
        CAPTURE(envid);
        mail::MailParameters parameters;
        parameters.envid = envid;
        CHECK(net::dsnMailParameters(parameters).empty());
    }
    mail::MailParameters parameters;
    parameters.envid = std::string(100, 'x');
    CHECK(net::dsnMailParameters(parameters) == " ENVID=" + std::string(100, 'x'));
}

TEST_CASE("NOTIFY and ORCPT are said as they were given (RFC 3461 4.1, 4.2; D-001, D-002, D-005)") {
    struct Case {
        std::optional<std::set<NotifyOn>> notify;
        std::optional<mail::OriginalRecipient> orcpt;
        std::string words;
    };
    const Case cases[] = {
        {std::nullopt, std::nullopt, ""},
        {std::set<NotifyOn>{}, std::nullopt, " NOTIFY=NEVER"},
        {{{NotifyOn::Delay, NotifyOn::Success}}, std::nullopt, " NOTIFY=SUCCESS,DELAY"},
        {std::nullopt, {{"rfc822", "bob+tag@b.example"}}, " ORCPT=rfc822;bob+2Btag@b.example"},
        {std::nullopt, {{"rfc822", "\"a b\"@b.example"}}, " ORCPT=rfc822;\"a+20b\"@b.example"},
        {std::nullopt, {{"X400", "/a=b/"}}, " ORCPT=X400;/a+3Db/"},
        // RFC 6533 section 3
        {std::nullopt,
         {{"utf-8", "j\xc3\xbcrgen+x@\xe4\xbe\x8b.\xf0\x9f\x98\x80"}},
         " ORCPT=utf-8;j\\x{FC}rgen\\x{2B}x@\\x{4F8B}.\\x{1F600}"},
        // what no client can have said
        {std::nullopt, {{"rfc822", "j\xc3\xbcrgen@b.example"}}, ""},
        {std::nullopt, {{"rfc822", "a\r\nDATA"}}, ""},
        {std::nullopt, {{"rfc 822", "a@b.example"}}, ""},
        {std::nullopt, {{"", "a@b.example"}}, ""},
        {std::nullopt, {{"rfc822", ""}}, ""},
        {std::nullopt, {{"utf-8", "\xff"}}, ""},
        {std::nullopt, {{"rfc822", std::string(494, 'x')}}, ""},
    };
    for (const Case& c : cases) {
        CAPTURE(c.words);
        CHECK(net::dsnRcptParameters({c.notify, c.orcpt}) == c.words);
    }
}
