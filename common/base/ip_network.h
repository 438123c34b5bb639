#pragma once

#include "common/base/ip_address.h"
#include "common/base/result.h"

#include <compare>
#include <string>
#include <string_view>
#include <vector>

namespace postrider {

/// A network of IPv4 or IPv6 addresses as operators write it (CIDR, RFC 4632 section 3.1): an
/// address and how many of its leading bits count. Immutable value.
class IpNetwork {
public:
    /// `10.1.0.0/16`, `2001:db8::/32`, or an address alone, which is a network of one. Bits behind
    /// the prefix must be zero: 10.1.2.3/16 may have been meant as either network or address.
    /// Error: what was expected, with the network that may have been meant.
    static Result<IpNetwork, std::string> parse(std::string_view text);
    /// The network of that many bits that holds the address.
    static IpNetwork around(const IpAddress& address, unsigned bits);

    [[nodiscard]] const IpAddress& address() const noexcept { return address_; }
    [[nodiscard]] unsigned bits() const noexcept { return bits_; }
    /// One address and no other.
    [[nodiscard]] bool isSingle() const noexcept { return bits_ == widthOf(address_); }
    [[nodiscard]] bool contains(const IpAddress& address) const {
        return address.sharesPrefix(address_, bits_);
    }
    /// `10.1.0.0/16`.
    [[nodiscard]] std::string toString() const;

    friend auto operator<=>(const IpNetwork&, const IpNetwork&) = default;

private:
    IpNetwork(const IpAddress& address, unsigned bits) : address_(address), bits_(bits) {}
    static unsigned widthOf(const IpAddress& address) { return address.isV4() ? 32 : 128; }

    IpAddress address_;
    unsigned bits_;
};

/// Whether any of them does.
[[nodiscard]] bool contains(const std::vector<IpNetwork>& networks, const IpAddress& address);

}  // namespace postrider
