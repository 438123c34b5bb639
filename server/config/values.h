#pragma once

#include "common/base/ip_address.h"
#include "common/base/ip_network.h"
#include "common/base/result.h"
#include "common/net/tls_server.h"
#include "server/config/config.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// How values are written. Each reader takes one value without blanks around it; its error is what
/// was expected, without the value: "expected a size such as 50M".
namespace postrider::config {

template <class T>
using Value = Result<T, std::string>;

/// Octets: digits and perhaps one of K M G (powers of 1024; either case). More than 0.
Value<std::uint64_t> parseSize(std::string_view text);
/// Digits and one of s m h d: 1s to 3650d.
Value<std::chrono::seconds> parseDuration(std::string_view text);
/// The same, or "off": zero.
Value<std::chrono::seconds> parseDurationOrOff(std::string_view text);
/// Durations with commas between, at least one and at most 100.
Value<std::vector<std::chrono::seconds>> parseDurations(std::string_view text);
/// Digits, from `least` to `most`.
Value<std::uint64_t> parseCount(std::string_view text, std::uint64_t least, std::uint64_t most);
/// yes, true, on; no, false, off.
Value<bool> parseFlag(std::string_view text);
/// One of these words.
Value<std::string> parseWord(std::string_view text, const std::vector<std::string>& words);
/// An absolute path, normalised; empty stays empty.
Value<std::filesystem::path> parsePath(std::string_view text);
/// `address:port`, `[v6]:port`, `:port` or `systemd`.
Value<ListenAddress> parseListenAddress(std::string_view text);
/// The same with commas between; `off` or nothing: none.
Value<std::vector<ListenAddress>> parseListenAddresses(std::string_view text);
/// `address:port` with commas between; nothing: none.
Value<std::vector<Endpoint>> parseEndpoints(std::string_view text);
/// Networks with commas between, none of them wider than /8 (IPv4) or /32 (IPv6); nothing: none.
Value<std::vector<IpNetwork>> parseNetworks(std::string_view text);
/// 1.2 or 1.3.
Value<net::TlsVersion> parseTlsVersion(std::string_view text);
/// Printable ASCII characters that may part or be ignored in a local part; no letter, digit, blank,
/// `@`,
/// `"`, `\` or `/`. Nothing: none.
Value<std::string> parseCharacters(std::string_view text);
/// The name of a courier or hook instance, or of a plugin: letters, digits, `_` and `-`.
Value<std::string> parseName(std::string_view text);
/// Names with commas between, each once; nothing: none.
Value<std::vector<std::string>> parseNames(std::string_view text);

}  // namespace postrider::config
