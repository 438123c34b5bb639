#pragma once

#include "server/journal/journal_entry.h"

#include <string>

namespace postrider::journal {

/// What one decision says, as an English sentence with its reason and inputs; without the time.
/// Printable, one line. Steps and outcomes it does not know are told as they are.
[[nodiscard]] std::string sentenceOf(const JournalEntry& entry);

}  // namespace postrider::journal
