#pragma once

#include "common/base/result.h"
#include "common/mail/address_literal.h"
#include "common/mail/domain.h"
#include "common/mail/localpart.h"

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace postrider::mail {

enum class MailboxError { NoAtSign, BadLocalpart, BadDomain, TooLong };
[[nodiscard]] std::string_view describe(MailboxError error);

/// `local-part@domain` or `local-part@[address literal]` (RFC 5321 section 4.1.2). At most 254
/// octets on the wire. Immutable.
class Mailbox {
public:
    using Host = std::variant<Domain, AddressLiteral>;

    static Result<Mailbox, MailboxError> parse(std::string_view text);
    /// From parts that are valid already.
    Mailbox(Localpart localpart, Host host)
        : localpart_(std::move(localpart)), host_(std::move(host)) {}

    [[nodiscard]] const Localpart& localpart() const noexcept { return localpart_; }
    [[nodiscard]] const Host& host() const noexcept { return host_; }
    /// Null when the host is an address literal.
    [[nodiscard]] const Domain* domain() const noexcept { return std::get_if<Domain>(&host_); }

    /// The form for the wire, logs and storage: quoted where needed, the domain as A-labels.
    [[nodiscard]] std::string toString() const;
    /// With U-labels: for people and for SMTPUTF8 messages.
    [[nodiscard]] std::string unicode() const;
    /// Needs SMTPUTF8 on the wire: a non-ASCII local part (a domain always has an A-label form).
    [[nodiscard]] bool needsUtf8() const { return !localpart_.isAscii(); }

    friend auto operator<=>(const Mailbox&, const Mailbox&) = default;

private:
    Localpart localpart_;
    Host host_;
};

}  // namespace postrider::mail
