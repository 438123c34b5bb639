#pragma once

#include "common/base/ip_address.h"

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace postrider::mail {

/// `[192.0.2.1]` or `[IPv6:2001:db8::1]` (RFC 5321 section 4.1.3). General literals (a tag other
/// than IPv6) are refused: none is registered. Immutable.
class AddressLiteral {
public:
    /// With the brackets.
    static std::optional<AddressLiteral> parse(std::string_view text);

    [[nodiscard]] const IpAddress& ip() const noexcept { return ip_; }
    /// With brackets and, for IPv6, the tag.
    [[nodiscard]] std::string toString() const;

    friend auto operator<=>(const AddressLiteral&, const AddressLiteral&) = default;

private:
    explicit AddressLiteral(IpAddress ip) : ip_(ip) {}
    IpAddress ip_;
};

}  // namespace postrider::mail
