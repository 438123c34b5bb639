#include "plugins/couriers/smtp/next_hop.h"

#include "common/base/text.h"

#include <utility>

namespace postrider::couriers {

namespace {

std::optional<std::uint16_t> parsePort(std::string_view text) {
    const auto port = text::parseUnsigned(text);
    if (!port || *port == 0 || *port > 65535) return std::nullopt;
    return static_cast<std::uint16_t>(*port);
}

/// What stands in brackets, or beside a port.
std::optional<NextHop> hostOrAddress(std::string_view name, std::optional<std::uint16_t> port) {
    constexpr std::string_view tag = "IPv6:";
    if (text::startsWithIgnoreCase(name, tag)) name.remove_prefix(tag.size());
    if (const auto ip = IpAddress::parse(name)) return NextHop{*ip, port};
    auto host = mail::Domain::parse(name);
    if (!host) return std::nullopt;
    return NextHop{NamedHost{std::move(host).value()}, port};
}

}  // namespace

std::optional<NextHop> NextHop::parse(std::string_view text) {
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        const auto inside = text.substr(1, close - 1);
        const auto rest = text.substr(close + 1);
        if (rest.empty()) return hostOrAddress(inside, std::nullopt);
        const auto port = rest.starts_with(':') ? parsePort(rest.substr(1)) : std::nullopt;
        return port ? hostOrAddress(inside, port) : std::nullopt;
    }
    if (const auto ip = IpAddress::parse(text)) return NextHop{*ip, std::nullopt};
    if (const auto colon = text.rfind(':'); colon != std::string_view::npos) {
        const auto port = parsePort(text.substr(colon + 1));
        return port ? hostOrAddress(text.substr(0, colon), port) : std::nullopt;
    }
    auto domain = mail::Domain::parse(text);
    if (!domain) return std::nullopt;
    return NextHop{MailDomain{std::move(domain).value()}, std::nullopt};
}

std::vector<NextHop> NextHop::parseList(std::string_view text) {
    std::vector<NextHop> hops;
    for (const auto piece : text::split(text, '/')) {
        auto hop = parse(piece);
        if (!hop) return {};
        hops.push_back(std::move(*hop));
    }
    return hops;
}

}  // namespace postrider::couriers
