#pragma once

#include "common/base/ip_address.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

/// The header that a proxy puts in front of a connection it passes on, to say who the client is:
/// HAProxy's PROXY protocol, version 1 (a line of text) and 2 (binary). Pure.
namespace postrider::net {

/// A complete header.
struct ProxyHeader {
    std::size_t size = 0;  ///< octets of it; what follows is the client's
    /// Nothing when the proxy speaks for itself (LOCAL: a health check) or cannot say who the
    /// client is (UNKNOWN, a family that is not IP).
    std::optional<Endpoint> client;
};
/// A good beginning: all of it belongs to the header, and more does.
struct ProxyHeaderUnfinished {};
/// No header at all, or a bad one; a sentence for the log.
struct ProxyHeaderMalformed {
    std::string reason;
};
using ProxyHeaderParse = std::variant<ProxyHeaderUnfinished, ProxyHeader, ProxyHeaderMalformed>;

/// The longest header that is taken: version 1 has 107 octets at most, version 2 the fixed 16, the
/// addresses and as much additional information (TLVs, which are passed over) as fits.
constexpr std::size_t proxyHeaderLimit = 2048;

/// What the first octets of a connection are. Wrong octets are told as soon as they are there, so
/// that who sends something else does not wait for more.
[[nodiscard]] ProxyHeaderParse parseProxyHeader(std::string_view octets);

}  // namespace postrider::net
