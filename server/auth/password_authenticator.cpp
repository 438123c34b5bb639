#include "server/auth/password_authenticator.h"

#include "common/base/text.h"
#include "common/mail/domain.h"
#include "common/mail/localpart.h"
#include "server/auth/password_hash.h"

#include <algorithm>
#include <functional>
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

/// A user's hash that stands in for the one an unknown name does not have. The same name gets the
/// same one each time, so that domains with several kinds of hashes do not tell either.
std::optional<std::string> standInFrom(const routing::LocalDomain& domain,
                                       const std::string& name) {
    const auto& users = domain.users.all();
    if (users.empty()) return std::nullopt;
    const auto& hash = users[std::hash<std::string>{}(name) % users.size()].hash;
    if (isLocked(hash) || !whyUnverifiable(hash).empty()) return std::nullopt;
    return hash;
}

}  // namespace

/// Whom a login means, and against what its password is checked.
struct PasswordAuthenticator::Account {
    std::string user;     ///< "name@domain", canonical; the login as given when it is nobody's
    std::string hash;     ///< a stand-in when `refused` is not empty
    std::string refused;  ///< why nobody can log in so, whatever the password
};

PasswordAuthenticator::PasswordAuthenticator(const routing::LiveAddressBook& books,
                                             journal::MailLog& mailLog, const Clock& clock,
                                             PasswordAuthenticatorOptions options)
    : books_(books),
      mailLog_(mailLog),
      options_(std::move(options)),
      throttle_(clock),
      slots_(std::clamp(options_.parallel, std::ptrdiff_t{1}, mostParallel)),
      standIn_(makeStandIn()) {}

PasswordAuthenticator::Account PasswordAuthenticator::find(const routing::AddressBook& book,
                                                           const std::string& login) const {
    Account account{text::lower(login.substr(0, loginLimit)), standIn_, "unknown user"};
    const auto at = login.rfind('@');
    const routing::LocalDomain* domain = nullptr;
    if (at != std::string::npos) {
        const auto name = mail::Domain::parse(std::string_view{login}.substr(at + 1));
        domain = name ? book.find(*name) : nullptr;
    } else if (book.domains().size() == 1) {
        domain = &book.domains().front();
    }
    if (domain == nullptr) return account;
    const auto name = mail::canonicalUsername(std::string_view{login}.substr(0, at));
    account.hash = standInFrom(*domain, account.user).value_or(standIn_);
    if (!name) return account;
    account.user = *name + "@" + domain->name.ascii();

    const auto* user = domain->users.find(*name);
    if (user == nullptr) return account;
    account.refused = whyUnverifiable(user->hash);
    if (isLocked(user->hash)) account.refused = "the user may not log in";
    if (account.refused.empty()) account.hash = user->hash;
    return account;
}

std::string PasswordAuthenticator::whyRefused(const Account& account,
                                              const smtp::PasswordLogin& login,
                                              const routing::AddressBook& book) const {
    // always, so that a refusal for another reason takes as long
    const auto match = verifyPassword(login.password, account.hash);
    if (!account.refused.empty()) return account.refused;
    if (!match) return match.error();
    if (*match == Match::No) return "wrong password";
    const auto& other = login.authorizationId;
    if (!other.empty() && find(book, other).user != account.user) {
        return "asks to act as " + other;
    }
    return "";
}

smtp::AuthAnswer PasswordAuthenticator::authenticate(const smtp::PasswordLogin& login,
                                                     const mail::SessionFacts& facts) {
    const auto book = books_.current();
    const Account account = find(*book, login.authenticationId);
    if (throttle_.isRefused(facts.client.ip, account.user)) {
        mailLog_.authFailed(facts, login.authenticationId, "too many failures before");
        return {smtp::AuthOutcome::Throttled, ""};
    }
    std::string refused;
    {
        if (!slots_.try_acquire_for(options_.patience)) {
            mailLog_.authFailed(facts, login.authenticationId, "too many logins at once");
            return {smtp::AuthOutcome::Unavailable, ""};
        }
        const Slot slot{slots_};
        refused = whyRefused(account, login, *book);
    }
    if (!refused.empty()) {
        mailLog_.authFailed(facts, login.authenticationId, refused);
        options_.pause(throttle_.failed(facts.client.ip, account.user));
        return {smtp::AuthOutcome::Rejected, ""};
    }
    throttle_.succeeded(facts.client.ip, account.user);
    auto known = facts;
    known.user = account.user;
    mailLog_.authenticated(known, "password");
    return {smtp::AuthOutcome::Accepted, account.user};
}

}  // namespace postrider::auth
