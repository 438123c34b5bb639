#pragma once

#include "common/base/ip_address.h"
#include "common/dns/resolver.h"

#include <optional>
#include <string>
#include <string_view>

/// Records from their wire form (RFC 1035 section 3.3), as a resolver hands them over: names
/// uncompressed. Every octet is hostile; a record that is not exactly what its type says gives
/// nothing.
namespace postrider::dns {

/// A whole name: lower case, without the trailing dot, "." for the root. Labels of letters, digits,
/// - and _ only: what else a name may hold is no host, and could be taken for something else in a
/// header or a log.
[[nodiscard]] std::optional<std::string> parseName(std::string_view rdata);
[[nodiscard]] std::optional<MxRecord> parseMx(std::string_view rdata);
/// The strings joined, any octets.
[[nodiscard]] std::optional<std::string> parseTxt(std::string_view rdata);
[[nodiscard]] std::optional<TlsaRecord> parseTlsa(std::string_view rdata);
/// 4 octets or 16.
[[nodiscard]] std::optional<IpAddress> parseAddress(std::string_view rdata);

/// Whether a name may be asked for: at most 253 octets, labels of 1 to 63, printable ASCII without
/// backslash.
[[nodiscard]] bool isAskable(std::string_view name);
/// "1.2.0.192.in-addr.arpa", or the nibbles below ip6.arpa (RFC 3596 section 2.5).
[[nodiscard]] std::string reverseName(const IpAddress& ip);

}  // namespace postrider::dns
