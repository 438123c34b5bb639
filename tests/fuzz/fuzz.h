#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace postrider::fuzz {

/// What a fuzz target promises for every input. A broken promise ends the program, and libFuzzer
/// keeps the input that broke it.
inline void promise(bool kept) {
    if (!kept) std::abort();
}

inline std::string_view textOf(const std::uint8_t* data, std::size_t size) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): octets are read as characters
    return {reinterpret_cast<const char*>(data), size};
}

}  // namespace postrider::fuzz

/// libFuzzer's entry: each target defines it once, in a file of its own.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
