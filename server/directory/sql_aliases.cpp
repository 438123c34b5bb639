#include "server/directory/sql_aliases.h"

#include "common/base/text.h"
#include "server/directory/account_name.h"

#include <iterator>
#include <utility>
#include <variant>

namespace postrider::directory {

namespace {

using routing::AliasTarget;

/// As many as one recipient may have.
constexpr std::size_t rowLimit = 1000;

Counter& counterFor(Metrics& metrics, const std::string& answer) {
    return metrics.counter("postrider_alias_lookups",
                           "Questions for aliases to SQL databases, by source and answer",
                           {"answer", "sql-" + answer});
}

Result<std::vector<AliasTarget>, std::string> targetsIn(const std::string& text,
                                                        const mail::Domain& domain) {
    auto targets = routing::parseTargets(text, domain);
    if (targets && std::holds_alternative<routing::PipeTarget>(targets->front())) {
        constexpr std::size_t shownLimit = 80;
        return Unexpected{"'" + text::printable(text, shownLimit) +
                          "' is a program; a database may not name one"};
    }
    return targets;
}

}  // namespace

SqlAliases::SqlAliases(SqlSessions& sessions, SqlQuery query, const Clock& clock, Log& log,
                       Metrics& metrics, CacheLimits limits)
    : sessions_(sessions),
      query_(std::move(query)),
      clock_(clock),
      limits_(limits),
      watch_(log, "alias-source", "sql"),
      answers_(clock, limits.entries),
      found_(counterFor(metrics, "found")),
      unknown_(counterFor(metrics, "unknown")),
      refused_(counterFor(metrics, "refused")),
      unavailable_(counterFor(metrics, "unavailable")) {}

Result<std::vector<AliasTarget>, std::string> SqlAliases::find(std::string_view alias,
                                                               const mail::Domain& domain) {
    const auto address = accountName(alias, domain);
    if (!address) return Targets{};
    if (auto known = answers_.recall(*address)) return *std::move(known);
    const auto asked = clock_.steady();
    auto targets = ask(*address, domain);
    if (!targets) return targets;
    answers_.remember(*address, *targets, asked,
                      targets->empty() ? limits_.unknown : limits_.known);
    (targets->empty() ? unknown_ : found_).add();
    return targets;
}

Result<std::vector<AliasTarget>, std::string> SqlAliases::ask(const std::string& address,
                                                              const mail::Domain& domain) {
    const auto rows = sessions_.ask({query_, address, rowLimit + 1});
    if (!rows) return unavailable(rows.error());
    watch_.answered();
    if (rows->size() > rowLimit) {
        return refuse(address, "there are more than " + std::to_string(rowLimit) + " rows");
    }
    Targets all;
    for (const auto& row : *rows) {
        const auto text = row.values.empty() ? std::nullopt : row.values.front().text;
        if (!text || text->empty()) continue;
        auto targets = targetsIn(*text, domain);
        if (!targets) return refuse(address, targets.error());
        all.insert(all.end(), std::make_move_iterator(targets->begin()),
                   std::make_move_iterator(targets->end()));
    }
    return all;
}

Unexpected<std::string> SqlAliases::unavailable(const std::string& reason) {
    unavailable_.add();
    watch_.failed(reason);
    return Unexpected{"sql: " + reason};
}

Unexpected<std::string> SqlAliases::refuse(const std::string& address, const std::string& reason) {
    refused_.add();
    return Unexpected{"sql: " + address + ": " + reason};
}

Result<Done, std::string> SqlAliases::probe() {
    // .invalid never exists (RFC 2606)
    const auto rows = sessions_.ask({query_, "nobody@postrider.invalid"});
    if (!rows) return Unexpected{rows.error()};
    return Done{};
}

}  // namespace postrider::directory
