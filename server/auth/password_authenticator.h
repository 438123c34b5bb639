#pragma once

#include "common/base/clock.h"
#include "server/auth/login_throttle.h"
#include "server/journal/mail_log.h"
#include "server/routing/live_address_book.h"
#include "server/smtp/ports.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <semaphore>
#include <string>

namespace postrider::auth {

struct PasswordAuthenticatorOptions {
    /// Passwords checked at once: each costs a core 11 ms and 16 MiB.
    std::ptrdiff_t parallel = 4;
    /// How long a login waits for its turn before it hears 454.
    std::chrono::milliseconds patience{10'000};
    /// Delays the answer to a failed login; replaced by tests.
    std::function<void(std::chrono::milliseconds)> pause = pauseFor;
};

/// Checks logins against the users files (RFC 4954, RFC 4616).
///
/// A login is `name@domain`, or `name` alone when exactly one domain is ours; the name is compared
/// in its canonical form (RFC 8265) and as it is: neither suffixes nor dropped characters count,
/// because a login must mean one account and be counted as one. An authorization identity must be
/// the same user or empty.
///
/// For an unknown user, the hash of another one of the domain is checked and the answer is thrown
/// away, so that the time tells nothing. Every answer is a life event in log and journal; the
/// reason is for these only. Thread-safe.
class PasswordAuthenticator final : public smtp::Authenticator {
public:
    static constexpr std::ptrdiff_t mostParallel = 64;

    PasswordAuthenticator(const routing::LiveAddressBook& books, journal::MailLog& mailLog,
                          const Clock& clock, PasswordAuthenticatorOptions options = {});

    smtp::AuthAnswer authenticate(const smtp::PasswordLogin& login,
                                  const mail::SessionFacts& facts) override;

private:
    struct Account;
    [[nodiscard]] Account find(const routing::AddressBook& book, const std::string& login) const;
    /// Takes the time of one check. Empty: let in.
    [[nodiscard]] std::string whyRefused(const Account& account, const smtp::PasswordLogin& login,
                                         const routing::AddressBook& book) const;

    const routing::LiveAddressBook& books_;
    journal::MailLog& mailLog_;
    PasswordAuthenticatorOptions options_;
    LoginThrottle throttle_;
    std::counting_semaphore<mostParallel> slots_;
    std::string standIn_;  ///< a hash nobody has the password of, for domains without users
};

}  // namespace postrider::auth
