#include "server/routing/via_hosts.h"

#include "common/base/ip_address.h"
#include "common/base/text.h"
#include "common/mail/domain.h"

#include <optional>

namespace postrider::routing {

namespace {

constexpr std::size_t shownLimit = 80;

/// What stands in the brackets of a next hop.
std::optional<std::string> hostName(std::string_view text) {
    constexpr std::string_view tag = "IPv6:";
    if (text::startsWithIgnoreCase(text, tag)) text.remove_prefix(tag.size());
    if (const auto ip = IpAddress::parse(text)) return ip->toString();
    const auto name = mail::Domain::parse(text);
    if (!name) return std::nullopt;
    return name->ascii();
}

/// ":2525" or nothing, as it came.
bool isPortPart(std::string_view text) {
    if (text.empty()) return true;
    if (!text.starts_with(':')) return false;
    const auto port = text::parseUnsigned(text.substr(1));
    return port && *port > 0 && *port <= 65535;
}

std::optional<std::string> nextHop(std::string_view host) {
    std::string_view name = host.substr(0, host.find(':'));
    std::string_view port = host.substr(name.size());
    if (host.starts_with('[')) {
        const auto close = host.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        name = host.substr(1, close - 1);
        port = host.substr(close + 1);
    }
    const auto known = hostName(name);
    if (!known || !isPortPart(port)) return std::nullopt;
    return '[' + *known + ']' + std::string{port};
}

}  // namespace

Result<std::string, std::string> parseViaHosts(std::string_view text) {
    std::string hops;
    std::size_t count = 0;
    std::size_t begin = 0;
    while (begin <= text.size()) {
        const auto end = std::min(text.find('/', begin), text.size());
        const auto host = text::trim(text.substr(begin, end - begin));
        begin = end + 1;
        const auto hop = nextHop(host);
        if (!hop) {
            return Unexpected{"'" + text::printable(host, shownLimit) +
                              "' behind 'via' is no host, expected host[:port][/host...]"};
        }
        if (++count > viaHostLimit) {
            return Unexpected{"there are more than " + std::to_string(viaHostLimit) +
                              " hosts behind 'via'"};
        }
        if (!hops.empty()) hops += '/';
        hops += *hop;
    }
    return hops;
}

}  // namespace postrider::routing
