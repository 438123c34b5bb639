#pragma once

#include "common/base/result.h"
#include "common/mail/mailbox.h"

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
    bool maySend = true;     ///< may log in for submission
    bool mayReceive = true;  ///< is a recipient
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

    /// Only asked for accounts whose hash is empty: is this the password?
    virtual Result<bool, std::string> check(const mail::Mailbox& address,
                                            std::string_view password) = 0;
};

}  // namespace postrider::users
