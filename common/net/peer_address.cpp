#include "common/net/peer_address.h"

#include "common/base/text.h"
#include "common/net/connect.h"

#include <utility>

namespace postrider::net {

std::optional<PeerAddress> PeerAddress::parse(std::string_view text) {
    if (text::hasControl(text)) return std::nullopt;
    std::string whole{text};
    if (text.starts_with('/')) {
        std::filesystem::path path{whole};
        return PeerAddress{std::move(whole), std::move(path)};
    }
    if (const auto endpoint = Endpoint::parse(text)) {
        return PeerAddress{std::move(whole), *endpoint};
    }
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    auto host = mail::Domain::parse(text.substr(0, colon));
    const auto port = text::parseUnsigned(text.substr(colon + 1));
    if (!host || !port || *port == 0 || *port > 65535) return std::nullopt;
    return PeerAddress{std::move(whole),
                       HostPort{std::move(host).value(), static_cast<std::uint16_t>(*port)}};
}

Result<std::unique_ptr<LineChannel>, std::string> PeerAddress::connect(dns::Resolver& resolver,
                                                                       Deadline deadline) const {
    if (const auto* path = std::get_if<std::filesystem::path>(&place_)) {
        return connectUnix(*path, deadline);
    }
    if (const auto* endpoint = std::get_if<Endpoint>(&place_)) {
        return connectTcp(*endpoint, deadline);
    }
    return connectHost(std::get<HostPort>(place_), resolver, deadline);
}

Result<std::unique_ptr<LineChannel>, std::string> PeerAddress::connectHost(const HostPort& place,
                                                                           dns::Resolver& resolver,
                                                                           Deadline deadline) {
    const auto addresses = resolver.addresses(place.host.ascii(), deadline);
    if (!addresses) return Unexpected{"no address: " + addresses.error().text};
    std::string problem;
    for (const auto& ip : addresses->records) {
        auto channel = connectTcp({ip, place.port}, deadline);
        if (channel) return channel;
        problem = channel.error();
    }
    return Unexpected{problem};
}

}  // namespace postrider::net
