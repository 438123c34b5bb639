#include "server/queue/message_rows.h"

#include "common/base/text.h"

#include <optional>
#include <stdexcept>

namespace postrider::queue {

namespace {

/// What the client wrote freely is kept readable for `sqlite3` on a terminal.
constexpr std::size_t longestLabel = 255;

std::int64_t flag(bool value) {
    return value ? 1 : 0;
}

}  // namespace

MessageRows::MessageRows(const NewMessage& message, const SpoolFolder& spool)
    : message_(message),
      reversePath_(message.reversePath.toString()),
      ehlo_(text::printable(message.ehlo, longestLabel)),
      authUser_(text::printable(message.authUser, longestLabel)) {
    if (message.recipients.empty()) throw std::runtime_error("a message without recipients");
    if (message.parameters.ret) ret_ = mail::toString(*message.parameters.ret);
    if (message.content.bodyInMemory() == nullptr) {
        const std::filesystem::path& file = message.content.bodyFile();
        if (file.parent_path() != spool.path()) {
            throw std::runtime_error(file.string() + " is not in the spool");
        }
        spoolName_ = file.filename().string();
        checksum_ = spool.checksum(*spoolName_, message.content.bodySize());
    }
    recipients_.reserve(message.recipients.size());
    for (const NewRecipient& recipient : message.recipients) {
        Recipient row{.original = recipient.original.toString(),
                      .final = recipient.final.toString(),
                      .courier = recipient.courier,
                      .nextHop = recipient.nextHop,
                      .notify = std::nullopt,
                      .orcptType = std::nullopt,
                      .orcptAddress = std::nullopt};
        if (recipient.parameters.notify) {
            row.notify = mail::notifyToString(recipient.parameters.notify);
        }
        if (recipient.parameters.orcpt) {
            row.orcptType = recipient.parameters.orcpt->type;
            row.orcptAddress = recipient.parameters.orcpt->address;
        }
        recipients_.push_back(std::move(row));
    }
}

std::size_t MessageRows::octets() const noexcept {
    constexpr std::size_t rowEstimate = 200;
    const std::string* const inlineBody = message_.content.bodyInMemory();
    return rowEstimate * (2 + recipients_.size()) + message_.content.prepended().size() +
           (inlineBody == nullptr ? 0 : inlineBody->size());
}

void MessageRows::insert(storage::Database& database) const {
    insertMessage(database);
    const std::int64_t messageId = database.lastInsertRowId();
    insertContent(database, messageId);
    for (const Recipient& recipient : recipients_)
        insertRecipient(database, messageId, recipient);
}

void MessageRows::insertMessage(storage::Database& database) const {
    const auto statement = database.kept(
        "INSERT INTO message (queue_id, reverse_path, received_at, expires_at, size, body, "
        "smtputf8,"
        " requiretls, ret, envid, origin_ip, ehlo, auth_user, listener, session_id, release_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    const mail::MailParameters& parameters = message_.parameters;
    statement->bind(1, message_.id.toString())
        .bind(2, reversePath_)
        .bind(3, unixSeconds(message_.receivedAt))
        .bind(4, unixSeconds(message_.expiresAt))
        .bind(5, static_cast<std::int64_t>(message_.content.size()))
        .bind(6, mail::toString(parameters.body))
        .bind(7, flag(parameters.smtputf8))
        .bind(8, flag(parameters.requireTls))
        .bind(9, ret_)
        .bind(10, parameters.envid)
        .bind(11, message_.originIp)
        .bind(12, ehlo_)
        .bind(13, authUser_)
        .bind(14, message_.listener)
        .bind(15, message_.sessionId);
    if (message_.releaseAt) statement->bind(16, unixSeconds(*message_.releaseAt));
    statement->run();
}

void MessageRows::insertContent(storage::Database& database, std::int64_t messageId) const {
    const auto statement = database.kept(
        "INSERT INTO content (message_id, prepended, octets, spool_name, size, xxh64)"
        " VALUES (?, ?, ?, ?, ?, ?)");
    statement->bind(1, messageId).bindBlob(2, message_.content.prepended());
    if (const std::string* const body = message_.content.bodyInMemory(); body != nullptr) {
        statement->bindBlob(3, *body);
    }
    statement->bind(4, spoolName_)
        .bind(5, static_cast<std::int64_t>(message_.content.bodySize()))
        .bind(6, checksum_);
    statement->run();
}

void MessageRows::insertRecipient(storage::Database& database, std::int64_t messageId,
                                  const Recipient& recipient) const {
    const WallTime firstAttempt = message_.releaseAt.value_or(message_.receivedAt);
    const auto statement = database.kept(
        "INSERT INTO recipient (message_id, original, final, courier, next_hop, notify, orcpt_type,"
        " orcpt_address, state, next_attempt_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    statement->bind(1, messageId)
        .bind(2, recipient.original)
        .bind(3, recipient.final)
        .bind(4, recipient.courier)
        .bind(5, recipient.nextHop)
        .bind(6, recipient.notify)
        .bind(7, recipient.orcptType)
        .bind(8, recipient.orcptAddress)
        .bind(9, message_.held ? "held" : "pending")
        .bind(10, message_.held ? std::nullopt : std::optional{unixSeconds(firstAttempt)});
    statement->run();
}

}  // namespace postrider::queue
