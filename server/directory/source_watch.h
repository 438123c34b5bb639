#pragma once

#include "common/base/log.h"

#include <atomic>
#include <string>
#include <utility>

namespace postrider::directory {

/// Says in the log when a source goes away and when it is back: once each, however many ask
/// meanwhile. Thread-safe.
class SourceWatch {
public:
    /// `kind` begins the events: "account-source" makes "account-source-unavailable" and
    /// "account-source-back".
    SourceWatch(Log& log, std::string kind, std::string source)
        : log_(log), kind_(std::move(kind)), source_(std::move(source)) {}

    void answered() {
        if (!away_.exchange(false)) return;
        log_.info(kind_ + "-back", {{"source", source_}});
    }
    void failed(const std::string& reason) {
        if (away_.exchange(true)) return;
        log_.warning(kind_ + "-unavailable", {{"source", source_}, {"reason", reason}});
    }

private:
    Log& log_;
    const std::string kind_;
    const std::string source_;
    std::atomic<bool> away_{false};
};

}  // namespace postrider::directory
