#pragma once

#include "server/routing/live_address_book.h"
#include "server/routing/originator_policy.h"
#include "server/routing/router.h"

#include <string>

namespace postrider::routing {

/// The OriginatorPolicy of the live address book; the router tells where an alias leads.
class LiveOriginatorPolicy final : public OriginatorPolicy {
public:
    LiveOriginatorPolicy(const LiveAddressBook& books, const Router& router)
        : books_(books), router_(router) {}

    [[nodiscard]] bool isRestricted(const std::string& user, OriginatorPlace place) const override;
    [[nodiscard]] Result<bool, std::string> mayWriteAs(const std::string& user,
                                                       const mail::Mailbox& address,
                                                       OriginatorPlace place) const override;

private:
    [[nodiscard]] Result<bool, std::string> leadsTo(const mail::Mailbox& user,
                                                    const mail::Mailbox& address) const;

    const LiveAddressBook& books_;
    const Router& router_;
};

}  // namespace postrider::routing
