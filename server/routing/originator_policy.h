#pragma once

#include "common/base/result.h"
#include "common/mail/mailbox.h"

#include <string>

namespace postrider::routing {

/// Where an address of the author or submitter stands; each has a rule of its own.
enum class OriginatorPlace {
    ReversePath,  ///< sender.restrict
    Header,       ///< from.restrict: From and Sender fields
};

/// Whether one of our users may write as an address (domain.properties of the user's domain):
///
/// - `none`: any address. A user whose domain is not in the address book has this rule.
/// - `domain`: any address of the user's domain, not of those above or below it.
/// - `own`: the user's name in every spelling and with every suffix, and each alias, here or in
///   another domain of ours, that leads to the user's mailbox.
///
/// Port of the session and of reception. Thread-safe; may block as a lookup of aliases does.
class OriginatorPolicy {
public:
    virtual ~OriginatorPolicy() = default;
    /// False where the user may write as anybody.
    [[nodiscard]] virtual bool isRestricted(const std::string& user,
                                            OriginatorPlace place) const = 0;
    /// `user` as authentication has it, canonical "user@domain". Error: why it cannot be told now.
    [[nodiscard]] virtual Result<bool, std::string> mayWriteAs(const std::string& user,
                                                               const mail::Mailbox& address,
                                                               OriginatorPlace place) const = 0;
};

}  // namespace postrider::routing
