#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace postrider::queue {

/// XXH64, seed 0: tells damaged content from whole at memory speed. Not a defence against forgers.
/// The same number as `xxhsum -H1 FILE` prints. One thread.
class Xxh64 {
public:
    void add(std::string_view octets);
    /// 16 hexadecimal digits.
    [[nodiscard]] std::string hex() const;

private:
    void stripe(const char* octets);

    std::array<std::uint64_t, 4> lanes_{0x60ea27eeadc0b5d6U, 0xc2b2ae3d27d4eb4fU, 0,
                                        0x61c8864e7a143579U};
    std::array<char, 32> rest_{};
    std::size_t restSize_ = 0;
    std::uint64_t total_ = 0;
};

}  // namespace postrider::queue
