#pragma once

#include "common/base/deadline.h"
#include "common/base/result.h"
#include "common/mail/path.h"
#include "server/routing/address_book.h"
#include "server/routing/elsewhere.h"
#include "server/routing/router.h"

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::routing {

/// Which courier instances carry what comes out.
struct RoutingCouriers {
    std::string local = "maildir";
    std::string remote = "smtp";
    std::string pipe = "pipe";
};

/// Finds out who gets the mail for one recipient (RFC 5321 section 3.9.1). Made for one question.
///
/// - A domain that is not ours goes to the remote courier as it is, and so does a target with
///   `via`, to the hosts it names.
/// - In a domain of ours the first of these counts: an alias with the suffix, an alias without, a
///   user, the catch-all.
/// - `postmaster` and `abuse` always reach someone (RFC 5321 section 4.5.1, RFC 2142): where none
///   of these leads to anybody, the postmaster that domain.properties names, else for `abuse` who
///   gets mail for `postmaster`, else the first user of the file who may receive.
/// - What hooks/alias-resolve says stands beside the file's targets wherever an alias or the
///   catch-all is looked up (alias_hook.h), and behind that what a database says (`elsewhere`).
///   Both are asked for a name as it was written first, suffix, dropped characters and all. Then
///   the hook is asked for the bare name; the database, where names have any spelling, for each
///   form with and without dropped characters. When one of them fails the answer is
///   TemporaryFailure, and so it is when all questions take more than half a minute.
/// - Accounts that are kept elsewhere (`elsewhere`) stand behind the users of the file, before the
///   catch-all: first by the whole name, then without its suffix, then without dropped characters
///   as well. When they cannot be asked the answer is TemporaryFailure.
/// - A name that comes up again while it is being expanded means the user of that name, so
///   `bob: bob, carol@elsewhere` keeps a copy. Where there is no such user it is a loop.
/// - A user who may not receive gets nothing; where nobody else does, the mailbox is disabled.
/// - A target that nobody has, or that only comes back to itself, is left out when others get the
///   mail; the trail tells.
/// - At most 10 levels of aliases and 1000 destinations; each destination once.
class AliasResolver {
public:
    AliasResolver(const AddressBook& book, const RoutingCouriers& couriers,
                  const Elsewhere& elsewhere = {})
        : book_(book), couriers_(couriers), elsewhere_(elsewhere) {}

    Result<Route, RouteError> resolve(const mail::Mailbox& recipient);

    static constexpr std::size_t levelLimit = 10;
    static constexpr std::size_t destinationLimit = 1000;

private:
    /// What is written for one name.
    struct Entry {
        std::string key{};            ///< "name@domain", to see a loop by
        const Alias* file = nullptr;  ///< null when the file has none
        std::vector<AliasTarget> fromHook{};
        std::vector<AliasTarget> fromSource{};
        bool comesBack = false;  ///< it is being expanded already

        [[nodiscard]] bool isKnown() const {
            return file != nullptr || !fromHook.empty() || !fromSource.empty();
        }
    };
    [[nodiscard]] Entry findAlias(const LocalDomain& domain, std::string_view name);
    /// The names by which others are asked; they may know more of them than the file.
    struct Spellings {
        std::string_view forHook;
        std::string_view forSource;  ///< empty: it has been asked
    };
    /// `name` is without dropped characters.
    [[nodiscard]] Entry entryOf(const LocalDomain& domain, std::string_view name,
                                const Spellings& spellings);
    [[nodiscard]] std::vector<AliasTarget> askHook(const LocalDomain& domain,
                                                   std::string_view name);
    [[nodiscard]] std::vector<AliasTarget> askSource(const LocalDomain& domain,
                                                     std::string_view name,
                                                     std::string_view asWritten);
    /// Whether there is still time to ask somebody.
    [[nodiscard]] bool isInTime(const std::string& who);

    void expand(const mail::Mailbox& mailbox);
    void expandLocal(const mail::Mailbox& mailbox, const LocalDomain& domain);
    void expandEntry(const mail::Mailbox& mailbox, const Entry& entry, std::string_view how);
    void expandTarget(const mail::Mailbox& mailbox, const AliasTarget& target,
                      std::string_view how);
    void expandFallback(const mail::Mailbox& mailbox, const LocalDomain& domain,
                        std::string_view name);
    void rescueRole(const mail::Mailbox& recipient);
    void deliverToFirstUser(const mail::Mailbox& mailbox, const LocalDomain& domain);
    /// True when an account elsewhere is meant, or nobody can say whether one is.
    bool deliverElsewhere(const mail::Mailbox& mailbox, const LocalDomain& domain);
    void deliverToUser(const mail::Mailbox& mailbox, const LocalDomain& domain,
                       const users::User& user);
    void deliverTo(const mail::Mailbox& mailbox, const mail::Mailbox& final, bool mayReceive);
    void add(Destination destination);
    void unknown(const mail::Mailbox& mailbox);
    void note(const mail::Mailbox& from, std::string_view step, std::string_view to = "");
    [[nodiscard]] bool isOnPath(std::string_view key) const;
    [[nodiscard]] bool isDecided() const { return !tooMuch_.empty() || !notNow_.empty(); }

    const AddressBook& book_;
    const RoutingCouriers& couriers_;
    const Elsewhere elsewhere_;
    std::vector<mail::Mailbox> original_;  ///< the recipient asked about; one element
    std::vector<std::string> path_;        ///< keys of what is being expanded, outermost first
    std::map<std::string, std::vector<AliasTarget>> hookAnswers_;  ///< by key
    Deadline askDeadline_ = Deadline::after(std::chrono::seconds{30});
    std::size_t steps_ = 0;
    bool postmasterAsked_ = false;
    bool firstUserAsked_ = false;  ///< in the postmaster's place
    Route route_;
    std::string disabled_;  ///< who may not receive
    std::string loop_;      ///< why a branch came back to itself
    std::string tooMuch_;   ///< which limit was passed: the whole answer is void
    std::string notNow_;    ///< what could not be asked: nobody knows the whole answer
};

}  // namespace postrider::routing
