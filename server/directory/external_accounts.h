#pragma once

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/base/result.h"
#include "server/config/config.h"
#include "server/config/problems.h"
#include "server/directory/account_chain.h"
#include "server/directory/cached_source.h"
#include "server/directory/dovecot_source.h"
#include "server/directory/sql_aliases.h"
#include "server/directory/sql_source.h"
#include "server/directory/watched_source.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace postrider::directory {

/// Every account source outside of the users files that a configuration names, Dovecot, then SQL,
/// and the aliases of the database; each watched and remembered. Made once; clock, log and metrics
/// outlive it. Thread-safe.
class ExternalAccounts {
public:
    /// Connects to nothing: a database that is down now may be up later.
    static Result<std::unique_ptr<ExternalAccounts>, config::ConfigProblems> create(
        const config::Config& config, const Clock& clock, Log& log, Metrics& metrics);
    ExternalAccounts(const ExternalAccounts&) = delete;
    ExternalAccounts& operator=(const ExternalAccounts&) = delete;
    ~ExternalAccounts() = default;

    /// All accounts in order; null when none is configured.
    [[nodiscard]] users::AccountSource* source() noexcept;
    /// Null when none are configured.
    [[nodiscard]] routing::AliasSource* aliases() noexcept {
        return sqlAliases_ ? &*sqlAliases_ : nullptr;
    }
    /// Asks each: why it cannot be used now, one sentence for each that cannot.
    [[nodiscard]] std::vector<std::string> warnings();
    /// A reload: forgets remembered answers.
    void forget();

private:
    struct Lookups {
        Lookups(users::AccountSource& source, const Clock& clock, Log& log, Metrics& metrics)
            : watched(source, log, metrics), cached(watched, clock) {}
        WatchedSource watched;
        CachedSource cached;
    };

    ExternalAccounts() = default;
    void chain();

    std::optional<DovecotSource> dovecot_;
    std::optional<SqlSessions> sqlSessions_;  ///< of the next two
    std::optional<SqlSource> sql_;
    std::optional<SqlAliases> sqlAliases_;
    std::vector<std::unique_ptr<Lookups>> lookups_;  ///< over the sources above, in order
    std::optional<AccountChain> chain_;              ///< over lookups_; empty when there are none
};

}  // namespace postrider::directory
