#pragma once

#include "common/base/deadline.h"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <limits>
#include <new>
#include <thread>

namespace postrider::test {

/// While it lives, allocations fail in all threads but the one that made it. One at a time; made by
/// the main thread. Include this in one file of a program, which gets its `operator new` by it.
class Famine {
public:
    /// Which allocations.
    struct Which {
        long first = 0;  ///< so many succeed before
        long count = std::numeric_limits<long>::max();
        std::size_t size = 0;  ///< only those of so many octets; 0: all
    };

    explicit Famine(const Which& which) {
        isSpared = true;
        refused = 0;
        onlySize = which.size;
        left = which.count;
        allowed = which.first;
    }
    ~Famine() {
        allowed = plenty;
        isSpared = false;
    }
    Famine(const Famine&) = delete;
    Famine& operator=(const Famine&) = delete;

    /// How many allocations have failed.
    [[nodiscard]] static long felt() { return refused; }
    /// Whether so many have failed, soon.
    [[nodiscard]] static bool isFelt(long times) {
        const auto patience = Deadline::after(std::chrono::seconds{20});
        while (refused < times && !patience.passed())
            std::this_thread::yield();
        return refused >= times;
    }

    static void* allocate(std::size_t size) {
        if (refuses(size)) throw std::bad_alloc();
        // NOLINTNEXTLINE(cppcoreguidelines-no-malloc): this is where memory comes from
        void* memory = std::malloc(size == 0 ? 1 : size);
        if (memory == nullptr) throw std::bad_alloc();
        return memory;
    }

private:
    static constexpr long plenty = std::numeric_limits<long>::max();

    static bool refuses(std::size_t size) {
        if (isSpared || allowed == plenty) return false;
        if (const auto only = onlySize.load(); only != 0 && only != size) return false;
        if (allowed.fetch_sub(1) > 0 || left.fetch_sub(1) <= 0) return false;
        ++refused;
        return true;
    }

    static inline std::atomic<long> allowed{plenty};
    static inline std::atomic<long> left{0};
    static inline std::atomic<std::size_t> onlySize{0};
    static inline std::atomic<long> refused{0};
    static inline thread_local bool isSpared = false;
};

}  // namespace postrider::test

// Not inline, as a replaced operator must not be: g++ would see memory of new that goes to free().
// NOLINTBEGIN(misc-definitions-in-headers): one file of a program includes this
[[gnu::noinline]] void* operator new(std::size_t size) {
    return postrider::test::Famine::allocate(size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
    std::free(memory);  // NOLINT(cppcoreguidelines-no-malloc)
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t /*size*/) noexcept {
    std::free(memory);  // NOLINT(cppcoreguidelines-no-malloc)
}
// NOLINTEND(misc-definitions-in-headers)
