#include "server/directory/external_accounts.h"

#include "common/base/text.h"
#include "common/base/text_file.h"
#include "server/config/load.h"

#include <sys/stat.h>

namespace postrider::directory {

namespace {

using Problems = std::vector<std::string>;

SqlConnector connectorOf(const config::Config& config) {
    if (config.sql.connector == "postgresql") return SqlConnector::Postgresql;
    return config.sql.connector == "mysql" ? SqlConnector::Mysql : SqlConnector::Sqlite;
}

/// The first line of a file that holds a password.
Result<std::string, std::string> readSecret(const std::filesystem::path& file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0) {
        return Unexpected{std::string{"everybody may read it"}};
    }
    const auto content = readTextFile(file, std::size_t{64} * 1024);
    if (!content) return Unexpected{content.error()};
    const auto lines = linesOf(*content);
    const std::string secret{lines.empty() ? "" : text::trim(lines.front())};
    if (secret.empty()) return Unexpected{std::string{"its first line is empty"}};
    return secret;
}

SqlTarget sqlTarget(const config::Config& config, Problems& problems) {
    std::string connection = config.sql.connection;
    if (!config.sql.connectionFile.empty()) {
        auto secret = readSecret(config.sql.connectionFile);
        if (secret) {
            connection = *std::move(secret);
        } else {
            problems.push_back(
                config::complaintAbout(config, "sql.connection_file",
                                       config.sql.connectionFile.string() + ": " + secret.error()));
        }
    }
    return {connectorOf(config), std::move(connection)};
}

/// Nothing when there is none, or a wrong one.
std::optional<SqlQuery> sqlQuery(const config::Config& config, const char* key,
                                 const std::string& text, Problems& problems) {
    if (text.empty()) return std::nullopt;
    auto query = SqlQuery::parse(text, connectorOf(config));
    if (query) return *std::move(query);
    problems.push_back(config::complaintAbout(config, key, query.error()));
    return std::nullopt;
}

}  // namespace

Result<std::unique_ptr<ExternalAccounts>, config::ConfigProblems> ExternalAccounts::create(
    const config::Config& config, const Clock& clock, Log& log, Metrics& metrics) {
    std::unique_ptr<ExternalAccounts> accounts{new ExternalAccounts};
    const auto add = [&](users::AccountSource& source) {
        accounts->lookups_.push_back(std::make_unique<Lookups>(source, clock, log, metrics));
    };
    if (!config.dovecot.clientSocket.empty()) {
        add(accounts->dovecot_.emplace(
            DovecotOptions{config.dovecot.clientSocket, config.dovecot.userdbSocket}));
    }
    if (!config.sql.connector.empty()) {
        Problems problems;
        auto target = sqlTarget(config, problems);
        auto users = sqlQuery(config, "sql.user_query", config.sql.userQuery, problems);
        auto aliases = sqlQuery(config, "sql.alias_query", config.sql.aliasQuery, problems);
        if (!problems.empty()) return Unexpected{config::ConfigProblems{std::move(problems)}};
        auto& sessions = accounts->sqlSessions_.emplace(std::move(target));
        if (users) {
            add(accounts->sql_.emplace(sessions, SqlAccounts{*std::move(users), config.sql.scram}));
        }
        if (aliases) {
            accounts->sqlAliases_.emplace(sessions, *std::move(aliases), clock, log, metrics);
        }
    }
    accounts->chain();
    return accounts;
}

void ExternalAccounts::chain() {
    if (lookups_.empty()) return;
    AccountChain::Sources sources;
    for (const auto& lookup : lookups_)
        sources.push_back(&lookup->cached);
    chain_.emplace(std::move(sources));
}

users::AccountSource* ExternalAccounts::source() noexcept {
    return chain_ ? &*chain_ : nullptr;
}

std::vector<std::string> ExternalAccounts::warnings() {
    std::vector<std::string> all;
    if (dovecot_) {
        if (const auto fine = dovecot_->probe(); !fine) all.push_back("dovecot: " + fine.error());
    }
    if (sql_) {
        if (const auto fine = sql_->probe(); !fine) all.push_back("sql: " + fine.error());
    }
    if (sqlAliases_) {
        const auto fine = sqlAliases_->probe();
        // a database that is away is told once
        if (!fine && (all.empty() || all.back() != "sql: " + fine.error())) {
            all.push_back("sql: " + fine.error());
        }
    }
    return all;
}

void ExternalAccounts::forget() {
    for (const auto& lookup : lookups_)
        lookup->cached.forget();
    if (sqlAliases_) sqlAliases_->forget();
}

}  // namespace postrider::directory
