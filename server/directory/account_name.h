#pragma once

#include "common/mail/domain.h"
#include "common/mail/mailbox.h"

#include <optional>
#include <string>
#include <string_view>

namespace postrider::directory {

/// What an account is called in Dovecot and in databases: "user@domain", the canonical local part
/// (RFC 8265) and the domain's A-labels. Nothing for what cannot be an account's name: address
/// literals, names that RFC 8265 refuses, and local parts with `@`, blanks or controls, which two
/// programs may understand in two ways.
[[nodiscard]] std::optional<std::string> accountName(const mail::Mailbox& address);
/// The same of a canonical name, which may be `*`.
[[nodiscard]] std::optional<std::string> accountName(std::string_view name,
                                                     const mail::Domain& domain);

}  // namespace postrider::directory
