#include "server/smtp/ehlo_remark.h"

#include "common/base/text.h"

namespace postrider::smtp {

namespace {

/// RFC 6761 section 6.3, and a name that distributions give to the same address.
bool isLocalhost(std::string_view domain) {
    return domain == "localhost" || domain == "localhost.localdomain" ||
           domain.ends_with(".localhost");
}

std::optional<std::string_view> remarkOnDomain(const std::string& domain,
                                               const mail::SessionFacts& facts,
                                               const OurNames& ours) {
    if (facts.client.ip.isLoopback()) return std::nullopt;  // may well have our name
    if (text::equalsIgnoreCase(domain, ours.hostname)) return "the client calls itself by our name";
    if (isLocalhost(domain)) return "the client calls itself localhost and is not";
    return std::nullopt;
}

std::optional<std::string_view> remarkOnAddress(const IpAddress& ip,
                                                const mail::SessionFacts& facts,
                                                const OurNames& ours) {
    if (ip == facts.client.ip) return std::nullopt;
    if (ip == ours.address) return "the client calls itself by our address";
    if (ip.isLoopback()) return "the client calls itself localhost and is not";
    return std::nullopt;
}

}  // namespace

std::optional<std::string_view> remarkOnEhlo(const mail::SessionFacts& facts,
                                             const OurNames& ours) {
    if (!facts.ehlo) return std::nullopt;
    const mail::EhloName& name = *facts.ehlo;
    if (const auto* literal = name.literal()) return remarkOnAddress(literal->ip(), facts, ours);
    if (IpAddress::parse(name.toString()))
        return "the client's name is an address without brackets";
    if (const auto* domain = name.domain()) return remarkOnDomain(domain->ascii(), facts, ours);
    return "the client's name is no domain name";
}

}  // namespace postrider::smtp
