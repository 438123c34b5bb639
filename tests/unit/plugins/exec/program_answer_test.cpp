#include "plugins/hooks/exec/program_answer.h"

#include <doctest/doctest.h>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

using namespace postrider;

namespace {

constexpr std::size_t limit = 1000;

mail::MessageVerdict answerTo(std::string output, int exitCode = 0) {
    SubprocessResult result;
    result.exitCode = exitCode;
    result.output = std::move(output);
    return hooks::answerOf(result, limit);
}

mail::Refuse refusalOf(const std::string& output, int exitCode) {
    return std::get<mail::Refuse>(answerTo(output, exitCode).verdict);
}

/// The fields as they will stand, from the top.
std::vector<std::string> fieldsOf(const mail::MessageVerdict& answer) {
    std::vector<std::string> fields;
    for (const auto& edit : answer.edits) {
        const auto& field = std::get<mail::PrependHeader>(edit);
        fields.insert(fields.begin(), field.name + "|" + field.value);
    }
    return fields;
}

}  // namespace

TEST_CASE("what a program printed becomes header fields in its order, whatever ends its lines") {
    const auto answer = answerTo("X-One: 1\nX-Two:two \xc3\xa4\r\n  and\n\tmore\nX-Empty:\n");
    CHECK(std::holds_alternative<mail::Proceed>(answer.verdict));
    CHECK(fieldsOf(answer) ==
          std::vector<std::string>{"X-One|1", "X-Two|two \xc3\xa4 and more", "X-Empty|"});
}

TEST_CASE("a program that prints nothing changes nothing") {
    const auto answer = answerTo("");
    CHECK(std::holds_alternative<mail::Proceed>(answer.verdict));
    CHECK(answer.edits.empty());
}

TEST_CASE("output that is no header fields is a failure, not a verdict") {
    struct Case {
        std::string output;
        const char* reason;
    };
    const std::vector<Case> cases{
        {"hello there\n", "no header field"},
        {"X-One: 1\nhello\n", "no header field"},
        {": nameless\n", "no header field"},
        {"X One: 1\n", "no header field"},
        {"X-\xc3\xa4: 1\n", "no header field"},
        {std::string(77, 'x') + ": 1\n", "no header field"},
        {"X-One: 1", "without an end"},
        {"X-One: 1\n\nbody\n", "an empty line"},
        {"\n", "an empty line"},
        {" folded: 1\n", "a continuation of nothing"},
        {"X-One: \xff\n", "no text"},
        {"X-One: a\rX-Two: b\n", "no text"},
        {std::string{"X-One: \0\n", 9}, "no text"},
        {"X-Long: " + std::string(limit, 'x') + "\n", "too much"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.output);
        std::string said;
        try {
            answerTo(c.output);
        } catch (const std::runtime_error& error) {
            said = error.what();
        }
        CHECK(said.find(c.reason) != std::string::npos);
    }
}

TEST_CASE("a hundred fields are enough") {
    std::string output;
    for (int i = 0; i < 100; ++i)
        output += "X: 1\n";
    CHECK(answerTo(output).edits.size() == 100);
    CHECK_THROWS(answerTo(output + "X: 1\n"));
}

TEST_CASE("exit status 20 refuses for good, any other for now, in the program's last words") {
    const auto forGood = refusalOf("first\nNo such thing here\n\n", 20);
    CHECK(forGood.reply.toString() == "554 5.7.1 No such thing here");
    CHECK(forGood.reason == "exit status 20, it said: No such thing here");
    CHECK(refusalOf("later\ncut off", 75).reply.toString() == "451 4.7.1 later");
    CHECK(refusalOf("", 1).reply.code == 451);
    CHECK(refusalOf("", 20).reply.code == 554);
    CHECK_FALSE(refusalOf("", 20).reply.lines.front().empty());
}

TEST_CASE("the words of a program are made fit for a reply") {
    const auto refused = refusalOf("bad\x01\xff " + std::string(600, 'x') + "\n", 20);
    REQUIRE(refused.reply.lines.size() == 1);
    CHECK(refused.reply.lines.front().starts_with("bad\\x01\\xff x"));
    CHECK(refused.reply.lines.front().size() < 420);
}

TEST_CASE("a signal and a timeout are failures, not verdicts") {
    SubprocessResult result;
    result.signal = 9;
    CHECK_THROWS_WITH(hooks::answerOf(result, limit), "the program was ended by signal 9");
    result.timedOut = true;
    CHECK_THROWS_WITH(hooks::answerOf(result, limit), "the program took too long");
}
