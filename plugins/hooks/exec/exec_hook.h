#pragma once

#include "common/plugin/hook.h"

#include <chrono>
#include <filesystem>
#include <memory>

namespace postrider::hooks {

/// How a program is run for each message.
struct ExecOptions {
    std::filesystem::path program;  ///< absolute
    bool optional = false;          ///< without the file there is no hook
    std::chrono::seconds timeout{60};
};

/// Asks a program about each message, with the contract of chasquid's post-data hook. Thread-safe.
///
/// Exit status 0 accepts, and what it printed becomes header fields; 20 refuses for good; any other
/// status refuses for now. The last line that it printed is the reply's text. A program that cannot
/// be started, is ended by a signal or by the time limit, or accepts and prints what is no header
/// field, has failed: HookInstance's on_error decides.
class ExecHook final : public plugin::Hook {
public:
    ExecHook(ExecOptions options, const plugin::Host& host);

    plugin::Admission onConnect(const mail::SessionFacts& facts) override;

private:
    const ExecOptions options_;
    const plugin::Host host_;
};

class ExecFactory final : public plugin::HookFactory {
public:
    [[nodiscard]] std::chrono::seconds usualTimeout() const override {
        return ExecOptions{}.timeout;
    }
    [[nodiscard]] std::unique_ptr<plugin::Hook> create(const plugin::Settings& settings,
                                                       const plugin::Host& host) const override;
};

}  // namespace postrider::hooks
