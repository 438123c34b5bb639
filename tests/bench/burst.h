#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <exception>
#include <functional>
#include <thread>
#include <vector>

namespace postrider::bench {

/// Does a thing `count` times on `clients` threads, and prints one line: count seconds p50 p95 p99
/// worst (milliseconds). Returns the exit status: 1 if it failed once.
inline int runBurst(std::size_t clients, int count, const std::function<void()>& thing) {
    using Milliseconds = std::chrono::duration<double, std::milli>;
    std::atomic<int> left{count};
    std::atomic<int> failures{0};
    std::vector<std::vector<double>> latencies(clients);
    const auto work = [&](std::vector<double>& mine) {
        while (left.fetch_sub(1) > 0) {
            const auto began = std::chrono::steady_clock::now();
            try {
                thing();
                mine.push_back(Milliseconds{std::chrono::steady_clock::now() - began}.count());
            } catch (const std::exception& error) {
                if (failures.fetch_add(1) == 0) std::fprintf(stderr, "%s\n", error.what());
            }
        }
    };

    const auto began = std::chrono::steady_clock::now();
    {
        std::vector<std::jthread> threads;
        for (auto& mine : latencies)
            threads.emplace_back([&work, &mine] { work(mine); });
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - began;

    std::vector<double> all;
    for (const auto& mine : latencies)
        all.insert(all.end(), mine.begin(), mine.end());
    if (all.empty()) return 1;
    std::sort(all.begin(), all.end());
    const auto at = [&all](double part) {
        return all[static_cast<std::size_t>(part * static_cast<double>(all.size() - 1))];
    };
    std::printf("%zu %.3f %.2f %.2f %.2f %.2f\n", all.size(), seconds.count(), at(0.5), at(0.95),
                at(0.99), all.back());
    return failures == 0 ? 0 : 1;
}

}  // namespace postrider::bench
