#pragma once

#include "common/base/result.h"
#include "common/mail/domain.h"
#include "common/mail/mailbox.h"
#include "server/config/problems.h"
#include "server/routing/name_rules.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace postrider::routing {

/// A program that gets the message on its standard input: `| /usr/bin/vacation alice`.
struct PipeTarget {
    std::string command;  ///< without the `|`; split into words by the pipe courier
};
/// A mailbox, here or elsewhere.
struct MailboxTarget {
    /// Nothing for `*`: the name that the alias was asked for, suffix and all.
    std::optional<mail::Localpart> localpart;
    mail::Mailbox::Host host;
    /// Next hop of the remote courier for `via host1/host2`; such a target is final, even in a
    /// domain of ours. Empty: aliases and MX records tell.
    std::string via{};

    /// The mailbox that is meant when the alias was asked for as `asked`.
    [[nodiscard]] mail::Mailbox mailboxFor(const mail::Mailbox& asked) const {
        return {localpart.value_or(asked.localpart()), host};
    }
};
using AliasTarget = std::variant<MailboxTarget, PipeTarget>;

/// One line of an aliases file.
struct Alias {
    std::string
        name;  ///< as looked up: canonical, without dropped characters; "*" is the catch-all
    std::size_t line = 0;
    std::vector<AliasTarget> targets;  ///< never empty
    std::size_t insteadOf = 0;  ///< an earlier line of this name, which does not count; 0: none
};

/// The aliases of one domain as its `aliases` file lists them. Immutable.
///
/// A line is `name: target, target` or `name: | command arguments`; empty lines and lines that
/// begin with `#` are passed over. A name stands without its domain; where it stands twice the
/// later line counts (address_book_review.h tells of it). It may carry a suffix (`alice+lists:
/// ...`), which is looked up before the name without it. `*` gets mail for every name that is
/// neither an alias nor a user. A target is a mailbox; without a domain it is one of this domain.
/// `*` in place of its name stands for the name that was asked for, so `*:
/// *@b.example` moves a whole domain. `bob@b.example via mx1/mx2` goes through the first of these
/// hosts that takes it. All as in chasquid.
class AliasTable {
public:
    AliasTable() = default;
    static Result<AliasTable, config::ConfigProblems> parse(std::string_view text,
                                                            std::string_view name,
                                                            const mail::Domain& domain,
                                                            const NameRules& rules);

    /// By a name as NameRules::withoutDropped makes it; null when there is none. Never the
    /// catch-all.
    [[nodiscard]] const Alias* find(std::string_view name) const;
    [[nodiscard]] const Alias* catchAll() const;
    /// By name.
    [[nodiscard]] const std::map<std::string, Alias, std::less<>>& all() const noexcept {
        return aliases_;
    }

private:
    std::map<std::string, Alias, std::less<>> aliases_;
};

/// The right side of a line, for names of `domain`. Error: a sentence about what was given.
Result<std::vector<AliasTarget>, std::string> parseTargets(std::string_view text,
                                                           const mail::Domain& domain);
/// A mailbox, or a name in `domain`. Error: a sentence about what was given.
Result<mail::Mailbox, std::string> parseTarget(std::string_view text, const mail::Domain& domain);

}  // namespace postrider::routing
