#include "server/auth/password_authenticator.h"

#include "common/base/text.h"
#include "common/mail/domain.h"
#include "common/mail/localpart.h"
#include "server/auth/password_hash.h"
#include "server/auth/scram_verifier.h"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

namespace postrider::auth {

namespace {

constexpr std::size_t loginLimit = 512;

using Slots = std::counting_semaphore<PasswordAuthenticator::mostParallel>;

/// One password being checked.
class Slot {
public:
    explicit Slot(Slots& slots) : slots_(slots) {}
    ~Slot() { slots_.release(); }
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;

private:
    Slots& slots_;
};

std::string makeStandIn() {
    auto hash = hashPassword("the password of nobody");
    if (!hash) throw std::runtime_error{"libxcrypt: " + hash.error()};
    return std::move(*hash);
}

std::string_view nameOf(smtp::AuthOutcome outcome) {
    switch (outcome) {
        case smtp::AuthOutcome::Accepted:
            return "accepted";
        case smtp::AuthOutcome::Rejected:
            return "rejected";
        case smtp::AuthOutcome::Throttled:
            return "throttled";
        case smtp::AuthOutcome::Unavailable:
            break;
    }
    return "unavailable";
}

Counter& loginsThat(Metrics& metrics, smtp::AuthOutcome outcome) {
    return metrics.counter("postrider_logins", "Logins by what became of them",
                           {"outcome", std::string{nameOf(outcome)}});
}

std::string whyNotProven(const smtp::ScramLogin& login) {
    switch (login.proof) {
        case smtp::ScramProof::Right:
            return "";
        case smtp::ScramProof::Wrong:
            return "wrong password, or another TLS session than ours";
        case smtp::ScramProof::Downgraded:
            break;
    }
    return "the client was shown no SCRAM-SHA-256-PLUS, though it was offered: somebody may sit in "
           "between";
}

/// Of a user who was let in before; empty: he may.
std::string_view whyMayNotSend(const std::optional<users::Account>& account) {
    if (!account) return "the user does not exist any more";
    if (!account->maySend) return "the user may not send any more";
    if (isLocked(account->hash)) return "the user may not log in any more";
    return "";
}

}  // namespace

/// Whom a login means.
struct PasswordAuthenticator::Subject {
    std::string user;  ///< "name@domain", canonical; the login as given when it can be nobody's
    std::optional<mail::Mailbox> address{};
};

/// A login on its way.
struct PasswordAuthenticator::Attempt {
    const std::string& login;  ///< as the client sent it
    const mail::SessionFacts& facts;
    Subject subject;
};

struct PasswordAuthenticator::Judgement {
    std::string refused;  ///< why; empty: let in
    std::optional<users::Account> account{};
    bool refusedBySource = false;  ///< which took its time for it
};

PasswordAuthenticator::PasswordAuthenticator(const AuthenticatorParts& parts,
                                             PasswordAuthenticatorOptions options)
    : parts_(parts),
      options_(std::move(options)),
      throttle_(parts.clock),
      recent_(parts.clock),
      slots_(std::clamp(options_.parallel, std::ptrdiff_t{1}, mostParallel)),
      standIn_(makeStandIn()) {
    using smtp::AuthOutcome;
    for (const auto outcome : {AuthOutcome::Accepted, AuthOutcome::Rejected, AuthOutcome::Throttled,
                               AuthOutcome::Unavailable}) {
        loginsThat(parts_.metrics, outcome);  // they show before they happen
    }
}

PasswordAuthenticator::Subject PasswordAuthenticator::subjectOf(const std::string& login) const {
    Subject subject{text::lower(login.substr(0, loginLimit))};
    const auto book = parts_.books.current();
    const auto at = login.rfind('@');
    const routing::LocalDomain* domain = nullptr;
    if (at != std::string::npos) {
        const auto name = mail::Domain::parse(std::string_view{login}.substr(at + 1));
        domain = name ? book->find(*name) : nullptr;
    } else if (book->domains().size() == 1) {
        domain = &book->domains().front();
    }
    if (domain == nullptr) return subject;
    const auto name = mail::canonicalUsername(std::string_view{login}.substr(0, at));
    auto localpart = name ? mail::Localpart::parse(*name) : std::nullopt;
    if (!localpart) return subject;
    subject.user = *name + "@" + domain->name.ascii();
    subject.address.emplace(std::move(*localpart), domain->name);
    return subject;
}

Result<std::optional<users::Account>, smtp::AuthOutcome> PasswordAuthenticator::look(
    const Attempt& attempt) {
    if (throttle_.isRefused(attempt.facts.client.ip, attempt.subject.user)) {
        return Unexpected{
            refuse(attempt, smtp::AuthOutcome::Throttled, "too many failures before")};
    }
    if (!attempt.subject.address) return std::optional<users::Account>{};
    auto found = parts_.accounts.findAnew(*attempt.subject.address);
    if (!found) return Unexpected{refuse(attempt, smtp::AuthOutcome::Unavailable, found.error())};
    if (*found && !(*found)->hash.empty() && !isLocked((*found)->hash)) {
        seen_.note(*attempt.subject.address->domain(), (*found)->hash);
    }
    return std::move(*found);
}

std::optional<std::string> PasswordAuthenticator::standInFor(const Subject& subject,
                                                             std::string_view scheme) const {
    if (!subject.address) return std::nullopt;
    return seen_.pick(*subject.address, scheme, parts_.accounts.standIn(*subject.address, scheme));
}

std::string PasswordAuthenticator::hashInPlaceOfNone(const Subject& subject) const {
    const auto other = standInFor(subject, "");
    if (!other || isLocked(*other) || !whyUnverifiable(*other).empty()) return standIn_;
    return *other;
}

std::string PasswordAuthenticator::whyMayNot(const Attempt& attempt, const users::Account& account,
                                             const std::string& authorizationId) const {
    if (!account.maySend) return "the user may not send";
    if (!authorizationId.empty() && subjectOf(authorizationId).user != attempt.subject.user) {
        return "asks to act as " + authorizationId;
    }
    return "";
}

Result<PasswordAuthenticator::Judgement, smtp::AuthOutcome> PasswordAuthenticator::checkPassword(
    const Attempt& attempt, const std::optional<users::Account>& account,
    const std::string& password) {
    if (account && account->hash.empty()) return askSource(attempt, *account, password);
    const bool maySend = account && account->maySend;
    // whoever is refused all the same must not hear by the time that the password was right
    if (maySend && recent_.holds(account->hash, password)) return Judgement{"", account};
    if (!slots_.try_acquire_for(options_.patience)) {
        return Unexpected{
            refuse(attempt, smtp::AuthOutcome::Unavailable, "too many logins at once")};
    }
    const Slot slot{slots_};
    std::string refused = "unknown user";
    if (account) refused = whyUnverifiable(account->hash);
    if (account && isLocked(account->hash)) refused = "the user may not log in";
    // always, so that a refusal for another reason takes as long
    const auto match = verifyPassword(
        password, refused.empty() ? account->hash : hashInPlaceOfNone(attempt.subject));
    if (refused.empty() && !match) refused = match.error();
    if (refused.empty() && *match == Match::No) refused = "wrong password";
    if (refused.empty()) recent_.remember(account->hash, password);
    return Judgement{std::move(refused), account};
}

Result<PasswordAuthenticator::Judgement, smtp::AuthOutcome> PasswordAuthenticator::askSource(
    const Attempt& attempt, const users::Account& account, const std::string& password) {
    const auto right = parts_.accounts.check(*attempt.subject.address, password);
    if (!right) {
        return Unexpected{refuse(attempt, smtp::AuthOutcome::Unavailable, right.error())};
    }
    return Judgement{*right ? "" : "wrong password", account, !*right};
}

Result<Done, smtp::AuthOutcome> PasswordAuthenticator::waitLikeOthers(const Attempt& attempt,
                                                                      const Judgement& judgement) {
    if (judgement.refusedBySource || !attempt.subject.address) return Done{};
    const auto waited = parts_.accounts.imitateRefusal(*attempt.subject.address);
    // An account that is known without that source is refused even so. An unknown name hears what
    // an account of that source hears now.
    if (waited || judgement.account) return Done{};
    return Unexpected{refuse(attempt, smtp::AuthOutcome::Unavailable, waited.error())};
}

Result<PasswordAuthenticator::Judgement, smtp::AuthOutcome> PasswordAuthenticator::judge(
    const Attempt& attempt, const smtp::PasswordLogin& login) {
    const auto account = look(attempt);
    if (!account) return Unexpected{account.error()};
    auto judgement = checkPassword(attempt, *account, login.password);
    if (!judgement) return judgement;
    if (judgement->refused.empty()) {
        judgement->refused = whyMayNot(attempt, *judgement->account, login.authorizationId);
    }
    if (judgement->refused.empty()) return judgement;
    if (const auto waited = waitLikeOthers(attempt, *judgement); !waited) {
        return Unexpected{waited.error()};
    }
    return judgement;
}

smtp::AuthAnswer PasswordAuthenticator::authenticate(const smtp::PasswordLogin& login,
                                                     const mail::SessionFacts& facts) {
    const Attempt attempt{login.authenticationId, facts, subjectOf(login.authenticationId)};
    const auto judgement = judge(attempt, login);
    if (!judgement) return {judgement.error()};
    return conclude(attempt, *judgement, "password");
}

smtp::SubmitterAnswer PasswordAuthenticator::mayStillSend(const std::string& user) {
    using smtp::SubmitterStanding;
    const auto subject = subjectOf(user);
    if (!subject.address) {
        return {SubmitterStanding::MayNot, user + ": the domain is not ours any more"};
    }
    const auto account = parts_.accounts.find(*subject.address);
    if (!account) return {SubmitterStanding::TemporaryFailure, account.error()};
    const auto reason = whyMayNotSend(*account);
    if (reason.empty()) return {SubmitterStanding::MaySend};
    return {SubmitterStanding::MayNot, user + ": " + std::string{reason}};
}

Result<smtp::ScramVerifier, smtp::AuthOutcome> PasswordAuthenticator::verifierOf(
    const std::string& authenticationId, const mail::SessionFacts& facts) {
    const Attempt attempt{authenticationId, facts, subjectOf(authenticationId)};
    const auto account = look(attempt);
    if (!account) return Unexpected{account.error()};
    if (*account) {
        if (auto verifier = parseScramVerifier((*account)->hash)) return std::move(*verifier);
    }
    const auto other = standInFor(attempt.subject, scramScheme);
    const auto like = other ? parseScramVerifier(*other) : std::nullopt;
    return inventScramVerifier(attempt.subject.user, options_.secret,
                               like ? like->iterations : defaultScramIterations);
}

smtp::AuthAnswer PasswordAuthenticator::authenticate(const smtp::ScramLogin& login,
                                                     const mail::SessionFacts& facts) {
    const Attempt attempt{login.authenticationId, facts, subjectOf(login.authenticationId)};
    const auto account = look(attempt);
    if (!account) return {account.error()};
    Judgement judgement{"unknown user", *account};
    if (*account) {
        const bool hasVerifier = parseScramVerifier((*account)->hash).has_value();
        judgement.refused = hasVerifier ? whyNotProven(login) : "the user has no SCRAM verifier";
        if (judgement.refused.empty()) {
            judgement.refused = whyMayNot(attempt, **account, login.authorizationId);
        }
    }
    return conclude(attempt, judgement, text::lower(login.mechanism));
}

smtp::AuthOutcome PasswordAuthenticator::refuse(const Attempt& attempt, smtp::AuthOutcome outcome,
                                                std::string_view reason) {
    parts_.mailLog.authFailed(attempt.facts, attempt.login, reason);
    loginsThat(parts_.metrics, outcome).add();
    return outcome;
}

smtp::AuthAnswer PasswordAuthenticator::conclude(const Attempt& attempt, const Judgement& judgement,
                                                 std::string_view mechanism) {
    const auto& client = attempt.facts.client.ip;
    const auto& user = attempt.subject.user;
    if (!judgement.refused.empty()) {
        const auto outcome = refuse(attempt, smtp::AuthOutcome::Rejected, judgement.refused);
        options_.pause(throttle_.failed(client, user));
        return {outcome};
    }
    throttle_.succeeded(client, user);
    auto known = attempt.facts;
    known.user = user;
    parts_.mailLog.authenticated(known, mechanism);
    loginsThat(parts_.metrics, smtp::AuthOutcome::Accepted).add();
    remarkOnHash(*judgement.account);
    return {smtp::AuthOutcome::Accepted,
            user,
            {judgement.account->maxSize, judgement.account->maxRecipients}};
}

void PasswordAuthenticator::remarkOnHash(const users::Account& account) {
    const auto scheme = outdatedScheme(account.hash);
    if (!scheme) return;
    parts_.log.info("password-hash-old", {{"user", account.name}, {"scheme", *scheme}});
}

}  // namespace postrider::auth
