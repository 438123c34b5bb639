#pragma once

#include "common/mail/mailbox.h"

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace postrider::mail {

/// Most mailboxes that are read from one field.
inline constexpr std::size_t addressListLimit = 1000;

/// The mailboxes in a From, Sender, To ... field (RFC 5322 section 3.4): display names and comments
/// left out, groups opened, folds undone. Nothing when it can be read in more than one way, or not
/// at all: a comment or quoted string without end, words outside the angle brackets behind them,
/// several bare words, an address that is none. An empty group has no mailboxes and is no error.
[[nodiscard]] std::optional<std::vector<Mailbox>> parseAddressList(std::string_view value);

}  // namespace postrider::mail
