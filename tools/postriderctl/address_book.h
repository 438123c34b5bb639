#pragma once

#include "common/base/result.h"
#include "server/config/config.h"
#include "server/config/problems.h"
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
};

/// Everything that is wrong with both, when something is.
Result<OpenedAddressBook, config::ConfigProblems> openAddressBook(const Context& context);

}  // namespace postrider::ctl
