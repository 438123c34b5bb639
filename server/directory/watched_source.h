#pragma once

#include "common/base/log.h"
#include "common/base/metrics.h"
#include "server/directory/source_watch.h"
#include "server/users/account_source.h"

#include <string>

namespace postrider::directory {

/// Counts what a source answers, and says in the log when it goes away and when it is back: once
/// each, however many ask meanwhile. Its errors begin with the source's name. Thread-safe.
class WatchedSource final : public users::AccountSource {
public:
    WatchedSource(users::AccountSource& source, Log& log, Metrics& metrics);

    [[nodiscard]] std::string_view name() const override { return source_.name(); }
    Result<std::optional<users::Account>, std::string> find(const mail::Mailbox& address) override;
    Result<bool, std::string> check(const mail::Mailbox& address,
                                    std::string_view password) override;
    /// Counted only when it fails: nobody's password was checked.
    Result<Done, std::string> imitateRefusal(const mail::Mailbox& address) override;
    [[nodiscard]] bool holdsVerifiers() const override { return source_.holdsVerifiers(); }

private:
    Counter& counterFor(Metrics& metrics, const std::string& answer);
    Unexpected<std::string> unavailable(const std::string& reason);

    users::AccountSource& source_;
    SourceWatch watch_;
    Counter& found_;
    Counter& unknown_;
    Counter& passed_;
    Counter& rejected_;
    Counter& unavailable_;
};

}  // namespace postrider::directory
