#include "server/net/proxy_protocol.h"
#include "tests/fuzz/fuzz.h"

#include <algorithm>
#include <variant>

/// A PROXY header is within its limit and within what was sent; it reads the same whatever follows
/// it, and each of its beginnings is unfinished.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace postrider::net;
    const auto octets = postrider::fuzz::textOf(data, size);
    const auto parse = parseProxyHeader(octets);
    const auto* header = std::get_if<ProxyHeader>(&parse);
    if (header == nullptr) return 0;
    postrider::fuzz::promise(header->size <= std::min(size, proxyHeaderLimit));
    const auto alone = parseProxyHeader(octets.substr(0, header->size));
    const auto* same = std::get_if<ProxyHeader>(&alone);
    postrider::fuzz::promise(same != nullptr && same->client == header->client);
    const auto shorter = parseProxyHeader(octets.substr(0, header->size - 1));
    postrider::fuzz::promise(std::holds_alternative<ProxyHeaderUnfinished>(shorter));
    return 0;
}
