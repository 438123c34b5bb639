#include "server/directory/watched_source.h"

namespace postrider::directory {

WatchedSource::WatchedSource(users::AccountSource& source, Log& log, Metrics& metrics)
    : source_(source),
      watch_(log, "account-source", std::string{source.name()}),
      found_(counterFor(metrics, "found")),
      unknown_(counterFor(metrics, "unknown")),
      passed_(counterFor(metrics, "passed")),
      rejected_(counterFor(metrics, "rejected")),
      unavailable_(counterFor(metrics, "unavailable")) {}

// A metric has one label: it names source and answer, "sql-found".
Counter& WatchedSource::counterFor(Metrics& metrics, const std::string& answer) {
    return metrics.counter("postrider_account_lookups",
                           "Questions to Dovecot and SQL databases, by source and answer",
                           {"answer", std::string{source_.name()} + "-" + answer});
}

Unexpected<std::string> WatchedSource::unavailable(const std::string& reason) {
    unavailable_.add();
    watch_.failed(reason);
    return Unexpected{std::string{name()} + ": " + reason};
}

Result<std::optional<users::Account>, std::string> WatchedSource::find(
    const mail::Mailbox& address) {
    auto found = source_.find(address);
    if (!found) return unavailable(found.error());
    watch_.answered();
    (*found ? found_ : unknown_).add();
    return found;
}

Result<bool, std::string> WatchedSource::check(const mail::Mailbox& address,
                                               std::string_view password) {
    auto right = source_.check(address, password);
    if (!right) return unavailable(right.error());
    watch_.answered();
    (*right ? passed_ : rejected_).add();
    return right;
}

Result<Done, std::string> WatchedSource::imitateRefusal(const mail::Mailbox& address) {
    auto refused = source_.imitateRefusal(address);
    if (!refused) return unavailable(refused.error());
    return refused;
}

}  // namespace postrider::directory
