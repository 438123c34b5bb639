#pragma once

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/base/result.h"
#include "server/config/config.h"
#include "server/config/problems.h"
#include "server/directory/external_accounts.h"
#include "server/routing/address_book.h"
#include "server/routing/alias_resolver.h"
#include "tools/postriderctl/command.h"

#include <memory>

namespace postrider::ctl {

/// The configuration and the address book that belongs to it, as the server would read them.
struct OpenedAddressBook {
    config::Config config;
    routing::RoutingCouriers couriers;
    std::shared_ptr<const routing::AddressBook> book;
    /// What accounts and aliases elsewhere stand on.
    struct Ground {
        SystemClock clock;
        NullLog log;
        Metrics metrics;
    };
    std::unique_ptr<Ground> ground;
    std::unique_ptr<directory::ExternalAccounts> accounts;  ///< connects when it is asked

    [[nodiscard]] routing::Elsewhere elsewhere() const {
        return {accounts->source(), accounts->aliases()};
    }
};

/// Everything that is wrong with both, when something is.
Result<OpenedAddressBook, config::ConfigProblems> openAddressBook(const Context& context);

}  // namespace postrider::ctl
