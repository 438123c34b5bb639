#pragma once

#include "common/base/log.h"

#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace postrider::config {

/// What is wrong with files that changed while the server runs, one sentence each. A sentence goes
/// to the log once for as long as it stands. Locks inside.
class StandingProblems {
public:
    /// `what` names the files in the log: "domains".
    StandingProblems(Log& log, std::string what);

    [[nodiscard]] std::vector<std::string> get() const;
    /// These stand now, and no others; logs those that did not stand before.
    void tell(const std::vector<std::string>& sentences);
    /// The same for sentences that somebody else logs.
    void note(std::vector<std::string> sentences);

private:
    std::vector<std::string> exchange(std::vector<std::string> sentences);

    Log& log_;
    const std::string what_;
    mutable std::mutex mutex_;
    std::vector<std::string> sentences_;  ///< guarded by mutex_
};

}  // namespace postrider::config
