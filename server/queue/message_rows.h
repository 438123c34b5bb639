#pragma once

#include "common/storage/sqlite.h"
#include "server/queue/queued_message.h"
#include "server/queue/spool_folder.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace postrider::queue {

/// A NewMessage as column values. Made on the submitting thread, so that the writer thread, which
/// all wait for, only binds. Refers to the message's inline content: must not outlive it.
class MessageRows {
public:
    /// Reads a spooled body once, for its checksum. Throws std::runtime_error when the body's file
    /// is not in `spool`, missing or shorter than announced, or when there is no recipient.
    MessageRows(const NewMessage& message, const SpoolFolder& spool);

    /// One message row, one content row, one row for each recipient. Throws storage::SqliteError.
    void insert(storage::Database& database) const;

    /// About what it writes, for the limits of the batch.
    [[nodiscard]] std::size_t octets() const noexcept;

private:
    struct Recipient {
        std::string original;
        std::string final;
        std::string courier;
        std::string nextHop;
        std::optional<std::string> notify;
        std::optional<std::string> orcptType;
        std::optional<std::string> orcptAddress;
    };

    void insertMessage(storage::Database& database) const;
    void insertContent(storage::Database& database, std::int64_t messageId) const;
    void insertRecipient(storage::Database& database, std::int64_t messageId,
                         const Recipient& recipient) const;

    const NewMessage& message_;
    std::string reversePath_;
    std::optional<std::string> ret_;
    std::string ehlo_;
    std::string authUser_;
    std::optional<std::string> spoolName_;
    std::optional<std::string> checksum_;
    std::vector<Recipient> recipients_;
};

}  // namespace postrider::queue
