#pragma once

#include "server/journal/journal_entry.h"

#include <filesystem>
#include <string_view>
#include <vector>

namespace postrider::journal {

/// Asks journal.db what happened; for `postriderctl explain` and the monitoring pages, beside a
/// running server or without one. Opens the file for each question and closes it after. Entries
/// come in the order of recording, at most 5000: where more fit, the youngest. A file that does not
/// exist has no entries.
///
/// Throws storage::SqliteError. Any thread.
class JournalReader {
public:
    /// `file`: <dataDir>/journal.db
    explicit JournalReader(std::filesystem::path file) : file_(std::move(file)) {}

    /// The message, and what its session did from the connection to the end of data; what the
    /// session did for other messages is left out.
    [[nodiscard]] std::vector<JournalEntry> ofMessage(std::string_view queueId) const;
    [[nodiscard]] std::vector<JournalEntry> ofSession(std::string_view sessionId) const;
    /// The decisions about the mailbox, and of the messages and sessions around them those that are
    /// not about another one.
    [[nodiscard]] std::vector<JournalEntry> ofAddress(std::string_view mailbox) const;
    /// The sessions of the client, and the messages they brought.
    [[nodiscard]] std::vector<JournalEntry> ofClient(std::string_view ip) const;

private:
    [[nodiscard]] std::vector<JournalEntry> ask(std::string_view chosenIds,
                                                std::string_view key) const;
    std::filesystem::path file_;
};

}  // namespace postrider::journal
