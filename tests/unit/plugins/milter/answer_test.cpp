#include "plugins/hooks/milter/answer.h"

#include <doctest/doctest.h>
#include <limits>
#include <string>
#include <string_view>

using namespace postrider;
using namespace postrider::hooks::milter;
using namespace std::string_literals;

namespace {

Result<Answer, std::string> parse(char code, const std::string& data = "",
                                  LeadingSpace space = LeadingSpace::Stripped) {
    return parseAnswer({code, data}, space);
}

/// The edit that a packet asks for; a test that calls it with another one fails.
template <class T>
T edit(char code, const std::string& data, LeadingSpace space = LeadingSpace::Stripped) {
    const auto answer = parse(code, data, space);
    REQUIRE(answer);
    const auto* wish = std::get_if<mail::Edit>(&*answer);
    REQUIRE(wish != nullptr);
    REQUIRE(std::holds_alternative<T>(*wish));
    return std::get<T>(*wish);
}

const std::string one = "\0\0\0\1"s;
const std::string three = "\0\0\0\3"s;

}  // namespace

TEST_CASE("an answer of one letter means what the letter means") {
    CHECK(std::holds_alternative<Continue>(*parse('c')));
    CHECK(std::holds_alternative<Accept>(*parse('a')));
    CHECK(std::holds_alternative<Reject>(*parse('r')));
    CHECK(std::holds_alternative<TempFail>(*parse('t')));
    CHECK(std::holds_alternative<DiscardMessage>(*parse('d')));
    CHECK(std::holds_alternative<Skip>(*parse('s')));
    CHECK(std::holds_alternative<Progress>(*parse('p')));
    CHECK(std::holds_alternative<Shutdown>(*parse('4')));
}

TEST_CASE("a reply of a milter's own keeps code, status and all lines") {
    const auto answer = parse('y', "550-5.7.1 first\r\n550 5.7.1 second\0"s);
    REQUIRE(answer);
    const auto& reply = std::get<CustomReply>(*answer).reply;
    CHECK(reply.code == 550);
    CHECK(reply.status == mail::EnhancedStatus{5, 7, 1});
    CHECK(reply.lines == std::vector<std::string>{"first", "second"});
}

TEST_CASE("a percent sign that is doubled for sendmail's sake is one, a lone one stays") {
    const auto answer = parse('y', "550 5.7.1 100%% spam, 5% ham, %%%\0"s);
    REQUIRE(answer);
    CHECK(std::get<CustomReply>(*answer).reply.lines ==
          std::vector<std::string>{"100% spam, 5% ham, %%"});
}

TEST_CASE("fields are counted from nought, and our own Received field does not count") {
    const auto added = edit<mail::InsertHeader>('h', "X-A\0one\n\ttwo\0"s);
    CHECK(added.name == "X-A");
    CHECK(added.value == "one\r\n\ttwo");
    CHECK(added.index == std::numeric_limits<std::size_t>::max());
    CHECK(edit<mail::PrependHeader>('i', one + "X\0y\0"s).value == "y");
    CHECK(edit<mail::InsertHeader>('i', three + "X\0y\0"s).index == 2);
    CHECK(edit<mail::ChangeHeader>('m', three + "X\0y\0"s).index == 2);
    CHECK(edit<mail::RemoveHeader>('m', one + "X\0\0"s).index == 0);
}

TEST_CASE("the space behind the colon is written once, whoever brings it") {
    CHECK(edit<mail::PrependHeader>('i', one + "X\0 y\0"s, LeadingSpace::Kept).value == "y");
    CHECK(edit<mail::PrependHeader>('i', one + "X\0y\0"s, LeadingSpace::Kept).value == "y");
}

TEST_CASE("addresses come with and without angle brackets") {
    CHECK(edit<mail::AddRecipient>('+', "<a@example.org>\0"s).path.toString() == "a@example.org");
    CHECK(edit<mail::AddRecipient>('+', "a@example.org\0"s).path.toString() == "a@example.org");
    CHECK(edit<mail::RemoveRecipient>('-', "<a@example.org>\0"s).path.toString() ==
          "a@example.org");
    CHECK(edit<mail::ChangeSender>('e', "<>\0"s).path.isNull());
    const auto silent = edit<mail::AddRecipient>('2', "<a@example.org>\0NOTIFY=NEVER\0"s);
    REQUIRE(silent.parameters.notify);
    CHECK(silent.parameters.notify->empty());
}

TEST_CASE("a reason for quarantine is one printable line") {
    CHECK(edit<mail::Quarantine>('q', "bad\r\nthing\0"s).reason == "bad\\x0d\\x0athing");
}

TEST_CASE("what is no answer is told from one that is") {
    struct Case {
        char code;
        std::string data;
    };
    const Case cases[] = {
        {'z', ""},
        {'\0', ""},
        {'f', ""},
        {'O', std::string(12, '\0')},
        {'y', "550 5.7.1 no end"},
        {'y', "\0"s},
        {'y', "hello\0"s},
        {'y', "250 2.0.0 fine\0"s},
        {'y', "354 go\0"s},
        {'y', "550-5.7.1 more is to come\0"s},
        {'y', "550 5.7.1 one\r\n550 5.7.1 two\0"s},
        {'y', "550-5.7.1 one\r\n450 4.7.1 two\0"s},
        {'h', ""},
        {'h', "X"},
        {'h', "X\0y"s},
        {'h', "X\0y\0z"s},
        {'i', "\0\0"s},
        {'i', one},
        {'m', "\0\0\0\0X\0y\0"s},
        {'+', "no end"},
        {'+', "nobody\0"s},
        {'+', "<a@example.org>\0\0\0"s},
        {'2', "<a@example.org>\0SIZE=1\0"s},
        {'2', "<a@example.org>\0NOTIFY=OFTEN\0"s},
        {'-', "<>\0"s},
        {'e', "<a@example.org>\0BODY=7BIT\0"s},
        {'e', "a b\0"s},
        {'q', "no end"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.code);
        CAPTURE(c.data);
        const auto answer = parse(c.code, c.data);
        CHECK_FALSE(answer);
        if (!answer) CHECK_FALSE(answer.error().empty());
    }
}
