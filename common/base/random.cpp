#include "common/base/random.h"

#include <cerrno>
#include <string_view>
#include <sys/random.h>
#include <system_error>

namespace postrider {

std::string Random::token(std::size_t length) {
    constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
    std::string text;
    text.reserve(length);
    while (text.size() < length)
        text.push_back(alphabet[below(alphabet.size())]);
    return text;
}

std::uint64_t SystemRandom::next() {
    std::uint64_t value = 0;
    if (::getrandom(&value, sizeof value, 0) != static_cast<ssize_t>(sizeof value)) {
        throw std::system_error(errno, std::generic_category(), "getrandom");
    }
    return value;
}

}  // namespace postrider
