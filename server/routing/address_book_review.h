#pragma once

#include "server/routing/address_book.h"
#include "server/routing/alias_resolver.h"

#include <string>
#include <vector>

namespace postrider::routing {

/// What an operator should know of a book that is no reason to refuse it, one sentence each:
/// aliases that reach nobody or stand twice, targets that nobody has, domains without a postmaster
/// (RFC 5321 section 4.5.1), a hook that cannot be run. Where there is a hook nothing is said of
/// names: only it knows them all, and it is not asked.
[[nodiscard]] std::vector<std::string> review(const AddressBook& book,
                                              const RoutingCouriers& couriers,
                                              const Elsewhere& elsewhere = {});

}  // namespace postrider::routing
