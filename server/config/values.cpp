#include "server/config/values.h"

#include "common/base/text.h"

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <utility>

namespace postrider::config {

namespace {

constexpr std::size_t listLimit = 100;
constexpr std::size_t nameLimit = 64;

using Unit = std::pair<char, std::uint64_t>;

Unexpected<std::string> expected(std::string_view what) {
    return Unexpected{"expected " + std::string{what}};
}

/// Digits and one of the units, without overflow.
template <std::size_t N>
std::optional<std::uint64_t> scaled(std::string_view text, const std::array<Unit, N>& units) {
    for (const auto& [letter, factor] : units) {
        if (text.empty() || text::lower(text.back()) != letter) continue;
        const auto count = text::parseUnsigned(text.substr(0, text.size() - 1));
        if (!count || *count > std::numeric_limits<std::uint64_t>::max() / factor) {
            return std::nullopt;
        }
        return *count * factor;
    }
    return std::nullopt;
}

std::optional<std::uint16_t> parsePort(std::string_view text) {
    const auto port = text::parseUnsigned(text);
    if (!port || *port == 0 || *port > std::numeric_limits<std::uint16_t>::max()) {
        return std::nullopt;
    }
    return static_cast<std::uint16_t>(*port);
}

/// Each piece between commas through `parse`; the first error wins.
template <class T, class Parse>
Value<std::vector<T>> parseList(std::string_view text, const Parse& parse) {
    std::vector<T> items;
    if (text.empty()) return items;
    for (const auto piece : text::split(text, ',')) {
        auto item = parse(text::trim(piece));
        if (!item) return Unexpected{item.error()};
        items.push_back(std::move(*item));
        if (items.size() > listLimit) {
            return expected("at most " + std::to_string(listLimit) + " items");
        }
    }
    return items;
}

}  // namespace

Value<std::uint64_t> parseSize(std::string_view text) {
    constexpr std::array<Unit, 3> units{{{'k', 1024}, {'m', 1024 * 1024}, {'g', 1U << 30}}};
    auto size = scaled(text, units);
    if (!size) size = text::parseUnsigned(text);
    // SQLite's and the off_t's limit: never reached by a sensible value
    const bool sensible = size && *size > 0 && *size <= std::numeric_limits<std::int64_t>::max();
    if (!sensible) return expected("a size such as 65536, 64K, 50M or 1G");
    return *size;
}

Value<std::chrono::seconds> parseDuration(std::string_view text) {
    constexpr std::array<Unit, 4> units{{{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}}};
    constexpr std::uint64_t longest = 3650ULL * 86400;
    const auto seconds = scaled(text, units);
    if (!seconds || *seconds == 0 || *seconds > longest) {
        return expected("a time from 1s to 3650d, such as 30s, 5m, 2h or 1d");
    }
    return std::chrono::seconds{static_cast<std::int64_t>(*seconds)};
}

Value<std::chrono::seconds> parseDurationOrOff(std::string_view text) {
    if (text == "off") return std::chrono::seconds{0};
    auto duration = parseDuration(text);
    if (!duration) return expected("off, or a time from 1s to 3650d, such as 30s, 5m, 2h or 1d");
    return duration;
}

Value<std::vector<std::chrono::seconds>> parseDurations(std::string_view text) {
    auto times = parseList<std::chrono::seconds>(text, parseDuration);
    if (times && times->empty()) return expected("times such as 1m, 5m, 1h");
    return times;
}

Value<std::uint64_t> parseCount(std::string_view text, std::uint64_t least, std::uint64_t most) {
    const auto count = text::parseUnsigned(text);
    if (!count || *count < least || *count > most) {
        return expected("a number from " + std::to_string(least) + " to " + std::to_string(most));
    }
    return *count;
}

Value<bool> parseFlag(std::string_view text) {
    const std::string word = text::lower(text);
    if (word == "yes" || word == "true" || word == "on") return true;
    if (word == "no" || word == "false" || word == "off") return false;
    return expected("yes or no");
}

Value<std::string> parseWord(std::string_view text, const std::vector<std::string>& words) {
    if (std::find(words.begin(), words.end(), text) == words.end()) {
        return expected("one of: " + text::join(words, " "));
    }
    return std::string{text};
}

Value<std::filesystem::path> parsePath(std::string_view text) {
    std::filesystem::path path{text};
    if (!text.empty() && !path.is_absolute()) return expected("a path that begins with /");
    return path.lexically_normal();
}

Value<ListenAddress> parseListenAddress(std::string_view text) {
    ListenAddress address;
    address.text = text;
    if (text == "systemd") {
        address.systemd = true;
        return address;
    }
    if (text.starts_with(':')) {
        if (const auto port = parsePort(text.substr(1))) {
            address.port = *port;
            return address;
        }
    }
    if (const auto endpoint = Endpoint::parse(text)) {
        address.ip = endpoint->ip;
        address.port = endpoint->port;
        return address;
    }
    return expected("address:port, [v6 address]:port, :port or systemd");
}

Value<std::vector<ListenAddress>> parseListenAddresses(std::string_view text) {
    if (text == "off") return std::vector<ListenAddress>{};
    return parseList<ListenAddress>(text, parseListenAddress);
}

Value<std::vector<Endpoint>> parseEndpoints(std::string_view text) {
    return parseList<Endpoint>(text, [](std::string_view item) -> Value<Endpoint> {
        if (const auto endpoint = Endpoint::parse(item)) return *endpoint;
        return expected("address:port or [v6 address]:port");
    });
}

Value<std::vector<IpNetwork>> parseNetworks(std::string_view text) {
    return parseList<IpNetwork>(text, [](std::string_view item) -> Value<IpNetwork> {
        const auto network = IpNetwork::parse(item);
        if (!network) return Unexpected{network.error()};
        const unsigned least = network->address().isV4() ? 8 : 32;
        if (network->bits() >= least) return *network;
        return Unexpected{network->toString() + " is half the world: the widest network here is /" +
                          std::to_string(least)};
    });
}

Value<net::TlsVersion> parseTlsVersion(std::string_view text) {
    if (text == "1.2") return net::TlsVersion::Tls12;
    if (text == "1.3") return net::TlsVersion::Tls13;
    return expected("1.2 or 1.3; older versions of TLS are not safe (RFC 8996)");
}

Value<std::string> parseCharacters(std::string_view text) {
    constexpr std::string_view meaningful = "@\"\\/";
    const bool good = std::all_of(text.begin(), text.end(), [meaningful](char c) {
        return c > ' ' && c < 0x7f && !text::isAlnum(c) &&
               meaningful.find(c) == std::string_view::npos;
    });
    if (!good) return expected("characters such as + - . without blanks between them");
    return std::string{text};
}

Value<std::string> parseName(std::string_view text) {
    const bool good = !text.empty() && text.size() <= nameLimit &&
                      std::all_of(text.begin(), text.end(),
                                  [](char c) { return text::isAlnum(c) || c == '_' || c == '-'; });
    if (!good) return expected("a name of letters, digits, '_' and '-'");
    return std::string{text};
}

Value<std::vector<std::string>> parseNames(std::string_view text) {
    auto names = parseList<std::string>(text, parseName);
    if (!names) return names;
    const std::set<std::string> once{names->begin(), names->end()};
    if (once.size() != names->size()) return expected("every name once");
    return names;
}

}  // namespace postrider::config
