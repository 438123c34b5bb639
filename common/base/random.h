#pragma once

#include <cstdint>
#include <string>

namespace postrider {

/// Randomness for ids, boundaries and jitter; injected, so that tests know what comes. Thread-safe.
class Random {
public:
    virtual ~Random() = default;
    [[nodiscard]] virtual std::uint64_t next() = 0;

    /// Uniform in [0, bound); bound > 0. The bias for bounds far below 2^64 is of no concern here.
    [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return next() % bound; }
    /// `length` characters of [a-z0-9].
    [[nodiscard]] std::string token(std::size_t length);
};

/// The kernel's generator (getrandom).
class SystemRandom final : public Random {
public:
    [[nodiscard]] std::uint64_t next() override;
};

}  // namespace postrider
