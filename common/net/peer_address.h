#pragma once

#include "common/base/deadline.h"
#include "common/base/result.h"
#include "common/dns/resolver.h"
#include "common/net/line_channel.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace postrider::net {

/// Where a local service listens, as the configuration names it: a unix socket, an address, or a
/// host to be looked up at each connection. Immutable.
class PeerAddress {
public:
    /// `/path`, `1.2.3.4:24`, `[::1]:24` or `host:24`; nothing on anything else.
    static std::optional<PeerAddress> parse(std::string_view text);

    /// A connection, or the reason why there is none.
    Result<std::unique_ptr<LineChannel>, std::string> connect(dns::Resolver& resolver,
                                                              Deadline deadline) const;
    [[nodiscard]] const std::string& text() const noexcept { return text_; }

private:
    struct HostPort {
        mail::Domain host;
        std::uint16_t port;
    };
    using Place = std::variant<std::filesystem::path, Endpoint, HostPort>;
    PeerAddress(std::string text, Place place) : text_(std::move(text)), place_(std::move(place)) {}

    static Result<std::unique_ptr<LineChannel>, std::string> connectHost(const HostPort& place,
                                                                         dns::Resolver& resolver,
                                                                         Deadline deadline);

    std::string text_;
    Place place_;
};

}  // namespace postrider::net
