#pragma once

#include "common/plugin/notices.h"

#include <mutex>
#include <string>
#include <vector>

namespace postrider::test {

/// Keeps what postmasters are told. Thread-safe.
class RecordingNotices final : public plugin::Notices {
public:
    struct Notice {
        std::string domain;
        std::string subject;
        std::string text;
    };

    void tellPostmaster(const mail::Domain& domain, const std::string& subject,
                        const std::string& text) override {
        const std::lock_guard lock{mutex_};
        notices_.push_back({domain.ascii(), subject, text});
    }
    [[nodiscard]] std::vector<Notice> all() const {
        const std::lock_guard lock{mutex_};
        return notices_;
    }

private:
    mutable std::mutex mutex_;
    std::vector<Notice> notices_;
};

}  // namespace postrider::test
