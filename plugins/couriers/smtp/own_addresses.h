#pragma once

#include "common/base/ip_address.h"

#include <set>

namespace postrider::couriers {

/// The addresses of this host's interfaces, without loopback; empty when the system does not tell.
[[nodiscard]] std::set<IpAddress> ownAddresses();

}  // namespace postrider::couriers
