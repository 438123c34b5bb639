#include "server/queue/action_requests.h"

namespace postrider::queue {

namespace {

storage::Database openForWriting(const std::filesystem::path& file) {
    storage::DatabaseOptions options;
    options.mode = storage::DatabaseOptions::Mode::ReadWrite;
    return storage::Database::open(file, options);
}

/// SQLITE_CONSTRAINT in any extended form: a trigger of the table said no.
bool isRefusal(const storage::SqliteError& error) {
    constexpr int primaryCode = 0xff;
    constexpr int constraint = 19;
    return (error.code() & primaryCode) == constraint;
}

}  // namespace

ActionRequests::ActionRequests(const std::filesystem::path& file)
    : database_(openForWriting(file)) {}

Result<std::int64_t, std::string> ActionRequests::write(const ActionRequest& request) {
    auto statement = database_.prepare(
        "INSERT INTO action (verb, queue_id, next_hop, courier, requested_by)"
        " VALUES (?, ?, ?, ?, ?)");
    statement.bind(1, request.verb)
        .bind(2, request.queueId)
        .bind(3, request.nextHop)
        .bind(4, request.courier)
        .bind(5, request.requestedBy);
    try {
        statement.run();
    } catch (const storage::SqliteError& error) {
        if (!isRefusal(error)) throw;
        const std::string reason = error.what();
        const auto ours = reason.find("action: ");
        return Unexpected{ours == std::string::npos ? reason : reason.substr(ours)};
    }
    return database_.lastInsertRowId();
}

std::optional<std::string> ActionRequests::result(std::int64_t number) {
    auto statement = database_.prepare("SELECT result FROM action WHERE id = ?");
    statement.bind(1, number);
    return statement.step() ? statement.optionalText(0) : std::nullopt;
}

}  // namespace postrider::queue
