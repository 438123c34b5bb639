#include "common/net/data_encoder.h"

#include <doctest.h>
#include <string>
#include <string_view>
#include <vector>

using postrider::net::DataEncoder;

namespace {

std::string encodeInPieces(std::string_view content, std::size_t pieceSize) {
    DataEncoder encoder;
    std::string wire;
    for (std::size_t at = 0; at < content.size(); at += pieceSize) {
        encoder.feed(content.substr(at, pieceSize), wire);
    }
    encoder.finish(wire);
    return wire;
}

}  // namespace

TEST_CASE(
    "only CRLF leaves, dots are stuffed, the end is complete (C-012, C-013; RFC 5321 4.5.2)") {
    struct Case {
        std::string_view content;
        std::string_view wire;
    };
    const std::vector<Case> cases{
        {"", ".\r\n"},
        {"a\r\n", "a\r\n.\r\n"},
        {"no end", "no end\r\n.\r\n"},
        {".\r\n", "..\r\n.\r\n"},
        {"..\r\n", "...\r\n.\r\n"},
        {"a\r\n.b\r\n", "a\r\n..b\r\n.\r\n"},
        {"a.\r\n", "a.\r\n.\r\n"},
        {".", "..\r\n.\r\n"},
        {"a\nb", "a\r\nb\r\n.\r\n"},
        {"a\rb", "a\r\nb\r\n.\r\n"},
        {"a\r", "a\r\n.\r\n"},
        {"a\n", "a\r\n.\r\n"},
        {"a\r\r\n", "a\r\n\r\n.\r\n"},
        {"a\n\r\n", "a\r\n\r\n.\r\n"},
        {"a\n.\nb", "a\r\n..\r\nb\r\n.\r\n"},
        {"a\r.\rb", "a\r\n..\r\nb\r\n.\r\n"},
        {"a\r\n.\n", "a\r\n..\r\n.\r\n"},
        {"\r\n\r\n", "\r\n\r\n.\r\n"},
        {std::string_view("a\0.\r\n", 5), std::string_view("a\0.\r\n.\r\n", 8)},
    };
    for (const Case& c : cases) {
        for (const std::size_t pieceSize : {1U, 2U, 3U, 1000U}) {
            CAPTURE(c.content);
            CAPTURE(pieceSize);
            CHECK(encodeInPieces(c.content, pieceSize) == c.wire);
        }
    }
}
