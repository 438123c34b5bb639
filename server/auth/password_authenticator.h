#pragma once

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "server/auth/login_throttle.h"
#include "server/auth/recent_logins.h"
#include "server/auth/seen_hashes.h"
#include "server/journal/mail_log.h"
#include "server/routing/live_address_book.h"
#include "server/smtp/ports.h"
#include "server/users/account_source.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <semaphore>
#include <string>

namespace postrider::auth {

/// What the authenticator stands on; lent.
struct AuthenticatorParts {
    users::AccountSource& accounts;
    const routing::LiveAddressBook& books;  ///< which domains are ours
    journal::MailLog& mailLog;
    Log& log;
    Metrics& metrics;
    const Clock& clock;
};

struct PasswordAuthenticatorOptions {
    /// SCRAM verifiers for those who have none are drawn from it (server_secret.h).
    std::string secret;
    /// Passwords hashed at once: each costs a core 11 ms and 16 MiB. Those that another program
    /// checks cost a thread that the session has anyway, and may take seconds.
    std::ptrdiff_t parallel = 4;
    /// How long a login waits for its turn before it hears 454.
    std::chrono::milliseconds patience{10'000};
    /// Delays the answer to a failed login; replaced by tests.
    std::function<void(std::chrono::milliseconds)> pause = pauseFor;
};

/// Checks logins against the accounts (RFC 4954, RFC 4616, RFC 5802).
///
/// A login is `name@domain`, or `name` alone when exactly one domain is ours; the name is compared
/// in its canonical form (RFC 8265) and as it is: neither suffixes nor dropped characters count,
/// because a login must mean one account and be counted as one. An authorization identity must be
/// the same user or empty.
///
/// For an unknown user the hash of another one is checked and the answer is thrown away, so that
/// the time tells nothing; from users files, or of a kind that was seen in the domain; where
/// accounts are checked by a source that holds back its refusals, as Dovecot does, every refused
/// password waits for one of those (AccountSource::imitateRefusal). In SCRAM an unknown user gets a
/// verifier of nobody's password. A user who may not send hears what a wrong password hears. Every
/// answer is a life event in log and journal and is counted in postrider_logins; the reason is for
/// log and journal only. A password that was right a short while ago is not hashed again
/// (recent_logins.h). Thread-safe.
class PasswordAuthenticator final : public smtp::Authenticator {
public:
    static constexpr std::ptrdiff_t mostParallel = 64;

    explicit PasswordAuthenticator(const AuthenticatorParts& parts,
                                   PasswordAuthenticatorOptions options = {});

    smtp::AuthAnswer authenticate(const smtp::PasswordLogin& login,
                                  const mail::SessionFacts& facts) override;
    [[nodiscard]] bool knowsScram() const override { return parts_.accounts.holdsVerifiers(); }
    Result<smtp::ScramVerifier, smtp::AuthOutcome> verifierOf(
        const std::string& authenticationId, const mail::SessionFacts& facts) override;
    smtp::AuthAnswer authenticate(const smtp::ScramLogin& login,
                                  const mail::SessionFacts& facts) override;
    /// By the accounts as they are remembered: users files in memory, others for some seconds. A
    /// user who could not log in any more may not send either.
    smtp::SubmitterAnswer mayStillSend(const std::string& user) override;

private:
    struct Attempt;
    struct Subject;
    struct Judgement;

    [[nodiscard]] Subject subjectOf(const std::string& login) const;
    /// Finds the account, unless the client has guessed too often. Error: it has been told already.
    Result<std::optional<users::Account>, smtp::AuthOutcome> look(const Attempt& attempt);
    Result<Judgement, smtp::AuthOutcome> judge(const Attempt& attempt,
                                               const smtp::PasswordLogin& login);
    Result<Judgement, smtp::AuthOutcome> checkPassword(const Attempt& attempt,
                                                       const std::optional<users::Account>& account,
                                                       const std::string& password);
    Result<Judgement, smtp::AuthOutcome> askSource(const Attempt& attempt,
                                                   const users::Account& account,
                                                   const std::string& password);
    /// Makes this refusal last as long as those of other sources. Error: it has been told already.
    Result<Done, smtp::AuthOutcome> waitLikeOthers(const Attempt& attempt,
                                                   const Judgement& judgement);
    /// A hash near this login, beginning with `scheme` or anyhow; nothing when none is known.
    [[nodiscard]] std::optional<std::string> standInFor(const Subject& subject,
                                                        std::string_view scheme) const;
    /// One that can be checked.
    [[nodiscard]] std::string hashInPlaceOfNone(const Subject& subject) const;
    [[nodiscard]] std::string whyMayNot(const Attempt& attempt, const users::Account& account,
                                        const std::string& authorizationId) const;

    smtp::AuthOutcome refuse(const Attempt& attempt, smtp::AuthOutcome outcome,
                             std::string_view reason);
    smtp::AuthAnswer conclude(const Attempt& attempt, const Judgement& judgement,
                              std::string_view mechanism);
    void remarkOnHash(const users::Account& account);

    AuthenticatorParts parts_;
    PasswordAuthenticatorOptions options_;
    LoginThrottle throttle_;
    RecentLogins recent_;
    SeenHashes seen_;
    std::counting_semaphore<mostParallel> slots_;
    std::string standIn_;  ///< a hash nobody has the password of, where there is no better one
};

}  // namespace postrider::auth
