#pragma once

#include "common/base/deadline.h"

#include <chrono>
#include <fstream>
#include <string>
#include <sys/types.h>
#include <thread>

namespace postrider::test {

/// Neither gone nor waiting to be reaped by whoever adopted it.
inline bool isAlive(pid_t pid) {
    std::ifstream status{"/proc/" + std::to_string(pid) + "/stat"};
    std::string word;
    while (status >> word && !word.ends_with(')')) {
    }
    return status >> word && word != "Z" && word != "X";
}

/// Whether a process that was killed ends: the signal's sender may go on before it does.
inline bool endsSoon(pid_t pid) {
    const auto patience = Deadline::after(std::chrono::seconds{30});
    while (isAlive(pid) && !patience.passed())
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    return !isAlive(pid);
}

}  // namespace postrider::test
