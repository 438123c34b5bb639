#pragma once

#include "common/base/result.h"
#include "common/mail/mailbox.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postrider::users {

/// An account, whichever source it is from.
struct Account {
    std::string name;  ///< "user@domain": canonical local part (RFC 8265), A-labels
    /// "{SCHEME}...", as auth::verifyPassword and SCRAM verifiers have it; empty where only the
    /// source itself can check a password.
    std::string hash;
    bool maySend = true;                         ///< may log in for submission
    bool mayReceive = true;                      ///< is a recipient
    std::optional<std::uint64_t> maxSize{};      ///< octets of a message that he may send
    std::optional<std::size_t> maxRecipients{};  ///< of such a message
};

/// A place where accounts are kept: the users files of our domains, Dovecot, an SQL database.
///
/// Thread-safe. Blocks a bounded time. The error of each call is a sentence for log and journal:
/// the source cannot be asked now, so AUTH is answered 454 and RCPT 451, never a refusal for good.
class AccountSource {
public:
    virtual ~AccountSource() = default;

    /// "users", "dovecot", "sql": for log and journal.
    [[nodiscard]] virtual std::string_view name() const = 0;

    /// By login or recipient, suffix and dropped characters already taken away. Nothing: not known
    /// here.
    virtual Result<std::optional<Account>, std::string> find(const mail::Mailbox& address) = 0;
    /// As find, but nothing remembered is an answer: for logins, so that a new password counts at
    /// once and an old one no longer.
    virtual Result<std::optional<Account>, std::string> findAnew(const mail::Mailbox& address) {
        return find(address);
    }

    /// Only asked for accounts whose hash is empty: is this the password?
    virtual Result<bool, std::string> check(const mail::Mailbox& address,
                                            std::string_view password) = 0;
    /// Lasts as long as check does for this address and a wrong password. A source that holds back
    /// its refusals would tell by the time whose accounts are its own: logins that fail without it
    /// wait so as well. Nothing to do where check is never asked.
    virtual Result<Done, std::string> imitateRefusal(const mail::Mailbox& /*address*/) {
        return Done{};
    }

    /// Whether accounts of this source may have SCRAM verifiers. Cheap: asked at every EHLO.
    [[nodiscard]] virtual bool holdsVerifiers() const { return false; }

    /// The hash of some account near this address, for the time that an unknown one has to take;
    /// `scheme` is how it begins ("{SCRAM-SHA-256}"), or empty for any. Nothing: not cheap to find.
    [[nodiscard]] virtual std::optional<std::string> standIn(const mail::Mailbox& /*address*/,
                                                             std::string_view /*scheme*/) {
        return std::nullopt;
    }
};

}  // namespace postrider::users
