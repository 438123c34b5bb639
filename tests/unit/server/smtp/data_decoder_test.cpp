#include "server/smtp/data_decoder.h"

#include <doctest/doctest.h>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace std::string_literals;
using postrider::smtp::DataDecoder;
using State = DataDecoder::State;

struct Decoded {
    State state = State::More;
    std::size_t consumed = 0;
    std::string output;
    friend bool operator==(const Decoded&, const Decoded&) = default;
};

/// Feeds the pieces between the cuts, as far as the decoder takes them.
Decoded decode(std::string_view input, std::size_t firstCut, std::size_t secondCut) {
    DataDecoder decoder;
    Decoded result;
    for (const auto& piece :
         {input.substr(0, firstCut), input.substr(firstCut, secondCut - firstCut),
          input.substr(secondCut)}) {
        const auto progress = decoder.feed(piece, result.output);
        result.consumed += progress.consumed;
        result.state = progress.state;
        if (result.state != State::More) break;
    }
    return result;
}

Decoded decode(std::string_view input) {
    return decode(input, input.size(), input.size());
}

/// The same whatever two places the input is cut at.
bool isSameForEveryCut(std::string_view input) {
    const auto whole = decode(input);
    for (std::size_t first = 0; first <= input.size(); ++first) {
        for (std::size_t second = first; second <= input.size(); ++second) {
            if (decode(input, first, second) != whole) return false;
        }
    }
    return true;
}

const auto next = "MAIL FROM:<evil@b.example>\r\n"s;

}  // namespace

TEST_CASE(
    "content ends at CRLF dot CRLF and what follows is left alone (RFC 5321 4.1.1.4, P-002)") {
    struct Case {
        std::string input;
        std::string output;
    };
    const std::vector<Case> cases{
        {".\r\n", ""},
        {"\r\n.\r\n", "\r\n"},
        {"text\r\n.\r\n", "text\r\n"},
        {"a\r\n\r\nb\r\n.\r\n", "a\r\n\r\nb\r\n"},
        {"..\r\n.\r\n", ".\r\n"},
        {"...x\r\n.\r\n", "..x\r\n"},
        {".y\r\n.\r\n", "y\r\n"},
        {"a.\r\n.\r\n", "a.\r\n"},
        {". \r\n.\r\n", " \r\n"},
        {" .\r\n.\r\n", " .\r\n"},
        {"\xef\xbb\xbf.\r\n.\r\n", "\xef\xbb\xbf.\r\n"},
        {"x\x85.\x85y\r\n.\r\n", "x\x85.\x85y\r\n"},
        {"x\x0b.\x0b\x1a\r\n.\r\n", "x\x0b.\x0b\x1a\r\n"},
        {"x\xe2\x80\xa8.\xe2\x80\xa8\r\n.\r\n", "x\xe2\x80\xa8.\xe2\x80\xa8\r\n"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.input);
        const Decoded expected{State::End, c.input.size(), c.output};
        CHECK(decode(c.input + next) == expected);
        CHECK(isSameForEveryCut(c.input + next));
    }
}

TEST_CASE(
    "nothing that somebody may read as an end of message passes (S-003, S-004, ATTACKS 1.1)") {
    const std::vector<std::string> cases{
        "\n.\n"s,       "\n.\r\n"s,       "\r\n.\n"s,     "\r.\r"s,       "\r.\r\n"s,
        "\r\n.\r"s,     "\n.\r"s,         "\r.\n"s,       "\r\n\0.\r\n"s, "\r\n.\0\r\n"s,
        "\r\n.\r\r\n"s, "\r\r\n.\r\r\n"s, "\r\n.\r\0\n"s, "\r\r\n.\r\n"s, "\n\r\n.\r\n"s,
        "\r\n\r.\r\n"s, "\r\n.\r\x85\n"s, "one\ntwo"s,    "one\rtwo"s,    "one\0two"s,
    };
    for (const auto& c : cases) {
        auto input = "text" + c;
        input += next;
        input += ".\r\n";
        CAPTURE(input);
        CHECK(decode(input).state == State::BareLineEnd);
        CHECK(isSameForEveryCut(input));
    }
}

TEST_CASE("content without its end mark is never at its end (S-029)") {
    for (const auto& input :
         {""s, "text"s, "text\r\n"s, "text\r\n."s, "text\r\n.\r"s, "."s, ".\r"s}) {
        CAPTURE(input);
        CHECK(decode(input).state == State::More);
        CHECK(decode(input).consumed == input.size());
    }
}

TEST_CASE(
    "every octet but CR, LF and NUL passes unchanged, in lines of any length (B-002, S-050)") {
    std::string line;
    for (int c = 1; c < 256; ++c) {
        if (c != '\r' && c != '\n') line += static_cast<char>(c);
    }
    for (const std::size_t length : {998U, 2000U, 100'000U}) {
        auto content = line;
        content.append(length, 'x').append("\r\n").append(line).append("\r\n");
        CHECK(decode(content + ".\r\n").output == content);
    }
}
