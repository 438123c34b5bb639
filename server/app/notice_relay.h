#pragma once

#include "common/plugin/notices.h"

#include <atomic>
#include <string>

namespace postrider::app {

/// Stands for the notices where plugins are made, before there is a queue to put one into;
/// `--check` never has one. Thread-safe.
class NoticeRelay final : public plugin::Notices {
public:
    /// `notices` must stay for as long as anybody may tell something.
    void connect(plugin::Notices& notices) noexcept { notices_ = &notices; }

    void tellPostmaster(const mail::Domain& domain, const std::string& subject,
                        const std::string& text) override {
        auto* const notices = notices_.load();
        if (notices != nullptr) notices->tellPostmaster(domain, subject, text);
    }

private:
    std::atomic<plugin::Notices*> notices_{nullptr};
};

}  // namespace postrider::app
