#pragma once

#include "common/base/ip_address.h"
#include "common/mail/domain.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

namespace postrider::couriers {

/// A domain whose MX records tell where to go.
struct MailDomain {
    mail::Domain name;
};
/// A host to be looked up by its address, without MX: chosen by our configuration.
struct NamedHost {
    mail::Domain name;
};

/// Where a request wants to go. Immutable.
struct NextHop {
    std::variant<MailDomain, NamedHost, IpAddress> place;
    std::optional<std::uint16_t> port;

    /// `domain`, `host:port`, `[host]`, `[host]:port`, `[ip]`, `[ip]:port`, `[IPv6:ip]`, `ip`,
    /// `ipv4:port`; nothing on anything else.
    static std::optional<NextHop> parse(std::string_view text);
    /// Several of them with `/` between, to be tried in this order; empty when one is none.
    static std::vector<NextHop> parseList(std::string_view text);
};

}  // namespace postrider::couriers
