#pragma once

#include "common/base/result.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace postrider::routing {

/// Most hosts that one target may be sent through.
inline constexpr std::size_t viaHostLimit = 5;

/// The hosts of `bob@b.example via mx1/mx2:2525/[192.0.2.1]` as the remote courier's next hop,
/// "[mx1]/[mx2]:2525/[192.0.2.1]": tried in this order, by their addresses and not by MX. A host is
/// a name or an IPv4 address, or any address in brackets, each with a port behind a colon or
/// without. Error: a sentence about what was given.
Result<std::string, std::string> parseViaHosts(std::string_view text);

}  // namespace postrider::routing
