#pragma once

#include "server/journal/journal_reader.h"

#include <string>
#include <string_view>

namespace postrider::journal {

/// A story for people, in English; lines end in "\n".
struct Explanation {
    bool found = false;  ///< false: the journal has nothing, and the text says what that may mean
    std::string text;
};

/// Tells what happened to a queue id, session id, mailbox or IP address: every decision with its
/// time, grouped by message and session, and what became of each recipient. Throws
/// storage::SqliteError. Any thread.
[[nodiscard]] Explanation explain(const JournalReader& reader, std::string_view subject);

}  // namespace postrider::journal
