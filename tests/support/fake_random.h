#pragma once

#include "common/base/random.h"

#include <atomic>
#include <cstdint>

namespace postrider::test {

/// Well-mixed numbers that are the same for the same seed (splitmix64). Thread-safe.
class FakeRandom final : public Random {
public:
    explicit FakeRandom(std::uint64_t seed = 1) : state_(seed) {}

    [[nodiscard]] std::uint64_t next() override {
        constexpr std::uint64_t step = 0x9E3779B97F4A7C15;
        std::uint64_t z = state_.fetch_add(step) + step;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

private:
    std::atomic<std::uint64_t> state_;
};

}  // namespace postrider::test
