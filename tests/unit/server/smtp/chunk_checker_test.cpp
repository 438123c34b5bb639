#include "server/smtp/chunk_checker.h"

#include <doctest/doctest.h>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace std::string_literals;
using postrider::smtp::ChunkChecker;
using postrider::smtp::ContentKind;

/// What is missing at the end, "bad" when the octets may not be there; fed in two pieces.
std::string check(ContentKind kind, std::string_view octets, std::size_t cut) {
    ChunkChecker checker{kind};
    if (!checker.take(octets.substr(0, cut)) || !checker.take(octets.substr(cut))) return "bad";
    const auto end = checker.missingEnd();
    return end ? std::string{*end} : "bad";
}

void checkEveryCut(ContentKind kind, const std::string& octets, const std::string& expected) {
    CAPTURE(octets);
    for (std::size_t cut = 0; cut <= octets.size(); ++cut) {
        CAPTURE(cut);
        CHECK(check(kind, octets, cut) == expected);
    }
}

}  // namespace

TEST_CASE("a text in chunks has whole line ends and no NUL, whatever it is cut at (RFC 3030 2)") {
    for (const auto& good :
         {""s, "\r\n"s, "a\r\n"s, ".\r\n"s, "a\r\n.\r\n"s, "a: b\r\n\r\n\xff\r\n"s}) {
        checkEveryCut(ContentKind::Text, good, "");
    }
    for (const auto& unended : {"a"s, "a\r\nb"s, "."s}) {
        checkEveryCut(ContentKind::Text, unended, "\r\n");
    }
    for (const auto& bad : {"\n"s, "\r"s, "a\nb"s, "a\rb\r\n"s, "a\r\r\n"s, "a\r\n\n"s, "\0"s,
                            "a\r\0\n"s, "a\r\n.\n"s, "a\n.\r\n"s, "a\r"s}) {
        checkEveryCut(ContentKind::Text, bad, "bad");
    }
}

TEST_CASE("a binary body is free behind a header section that is text (RFC 3030 3)") {
    for (const auto& good : {"\r\n\n\r\0"s, "a: b\r\n\r\n\0\n\r"s, "a: b\r\n\r\nno end"s, ""s}) {
        checkEveryCut(ContentKind::Binary, good, "");
    }
    checkEveryCut(ContentKind::Binary, "a: b"s, "\r\n");
    for (const auto& bad : {"a: b\n\r\n\r\n"s, "a\0: b\r\n\r\n"s, "a: b\r\r\n\r\n"s, "\n"s}) {
        checkEveryCut(ContentKind::Binary, bad, "bad");
    }
}
