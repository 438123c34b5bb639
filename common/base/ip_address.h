#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postrider {

/// An IPv4 or IPv6 address. IPv4-mapped IPv6 addresses (::ffff:a.b.c.d) are made IPv4 once, here,
/// so that nobody else meets two spellings of one peer. Scope ids are refused. Immutable value.
class IpAddress {
public:
    /// Dotted quad or RFC 4291 text, nothing around it.
    static std::optional<IpAddress> parse(std::string_view text);
    static IpAddress v4(std::array<std::uint8_t, 4> octets);
    static IpAddress v6(const std::array<std::uint8_t, 16>& octets);

    [[nodiscard]] bool isV4() const noexcept { return isV4_; }
    /// Network order; 4 octets used when isV4(), else 16.
    [[nodiscard]] const std::array<std::uint8_t, 16>& octets() const noexcept { return octets_; }
    [[nodiscard]] bool isLoopback() const;
    /// Loopback, private, link-local, unspecified, multicast, carrier-grade NAT: nowhere a public
    /// MX may point to (RFC 6890).
    [[nodiscard]] bool isSpecialPurpose() const;
    /// Whether both are of one family and begin with the same `bits`; at most 32 or 128 of them.
    [[nodiscard]] bool sharesPrefix(const IpAddress& other, unsigned bits) const;
    /// Canonical text (RFC 5952).
    [[nodiscard]] std::string toString() const;

    friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

private:
    IpAddress() = default;
    std::array<std::uint8_t, 16> octets_{};
    bool isV4_ = true;
};

/// One end of a TCP connection.
struct Endpoint {
    IpAddress ip;
    std::uint16_t port = 0;

    /// `1.2.3.4:25` or `[::1]:25`.
    [[nodiscard]] std::string toString() const;
    /// The same forms, port required (1-65535).
    static std::optional<Endpoint> parse(std::string_view text);
    friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

}  // namespace postrider
