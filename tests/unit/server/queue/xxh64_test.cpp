#include "server/queue/xxh64.h"

#include <doctest/doctest.h>
#include <string>
#include <string_view>

using postrider::queue::Xxh64;

TEST_CASE("XXH64 gives the published numbers") {
    struct Case {
        std::string octets;
        std::string_view sum;
    };
    const Case cases[] = {
        {"", "ef46db3751d8e999"},
        {"a", "d24ec4f1a98c6e5b"},
        {"abc", "44bc2cf5ad770999"},
        {"Call me Ishmael. Some years ago--never mind how long precisely-", "02a2e85470d6fd96"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.octets);
        Xxh64 sum;
        sum.add(c.octets);
        CHECK(sum.hex() == c.sum);
    }
}

TEST_CASE("the pieces in which octets come do not matter") {
    std::string octets;
    for (int i = 0; i < 1000; ++i)
        octets += static_cast<char>(i * 7);
    Xxh64 whole;
    whole.add(octets);
    for (const std::size_t piece : {1U, 3U, 31U, 32U, 33U, 500U}) {
        CAPTURE(piece);
        Xxh64 pieces;
        for (std::size_t at = 0; at < octets.size(); at += piece) {
            pieces.add(std::string_view{octets}.substr(at, piece));
        }
        CHECK(pieces.hex() == whole.hex());
    }
}
