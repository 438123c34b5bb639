#include "server/config/keys.h"

#include "common/base/text.h"
#include "common/mail/domain.h"
#include "server/config/values.h"

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace postrider::config {

namespace {

using Reason = std::optional<std::string>;

/// Puts a value that could be read into its place.
template <class Parsed, class Target>
Reason store(Parsed parsed, Target& target) {
    if (!parsed) return parsed.error();
    if constexpr (std::is_arithmetic_v<Target>) {
        target = static_cast<Target>(*parsed);
    } else {
        target = std::move(*parsed);
    }
    return std::nullopt;
}

template <class Target>
Reason storeCount(std::string_view value, std::uint64_t least, std::uint64_t most, Target& target) {
    return store(parseCount(value, least, most), target);
}

Reason setHostname(Config& config, std::string_view value) {
    if (value.empty()) return std::nullopt;  // the host's name, found out by load()
    const auto domain = mail::Domain::parse(value);
    if (!domain) return "expected a domain name (" + std::string{describe(domain.error())} + ")";
    config.hostname = domain->ascii();
    return std::nullopt;
}

Reason setMonitoring(Config& config, std::string_view value) {
    auto addresses = parseListenAddresses(value);
    if (!addresses) return addresses.error();
    if (addresses->size() > 1) return "expected one address:port, or off";
    config.monitoring =
        addresses->empty() ? std::nullopt : std::optional{std::move(addresses->front())};
    return std::nullopt;
}

Reason setDataDir(Config& config, std::string_view value) {
    if (value.empty()) return "expected a path that begins with /";
    return store(parsePath(value), config.dataDir);
}

Reason setPluginDir(Config& config, std::string_view value) {
    if (value.empty()) return std::nullopt;  // as installed
    return store(parsePath(value), config.pluginDir);
}

Reason setTrustAnchorFile(Config& config, std::string_view value) {
    if (value == "none") {
        config.trustAnchorFile = "none";
        return std::nullopt;
    }
    return store(parsePath(value), config.trustAnchorFile);
}

/// A delay while somebody waits for our first word: short, or none.
Reason setGreetingDelay(Config& config, std::string_view value) {
    constexpr std::chrono::seconds longest{60};
    auto delay =
        value == "0s" ? Value<std::chrono::seconds>{std::chrono::seconds{0}} : parseDuration(value);
    if (!delay || *delay > longest) return "expected a time from 0s to 60s";
    config.session.greetingDelay = *delay;
    return std::nullopt;
}

Reason setUser(Config& config, std::string_view value) {
    // names with dots are common on some hosts; those of our instances have none
    if (value.empty() || value.find_first_of(" \t:/") != std::string_view::npos) {
        return "expected the name of a user of this host";
    }
    config.user = value;
    return std::nullopt;
}

Reason setHooks(Config& config, std::string_view value) {
    auto names = parseNames(value);
    if (!names) return names.error();
    config.hooks.clear();
    for (auto& name : *names)
        config.hooks.push_back({std::move(name), "", "", {}});
    return std::nullopt;
}

Reason setSqlConnector(Config& config, std::string_view value) {
    config.sql.connector.clear();
    if (value.empty()) return std::nullopt;  // no database
    return store(parseWord(value, {"sqlite", "postgresql", "mysql"}), config.sql.connector);
}

constexpr std::uint64_t million = 1'000'000;

// Captureless lambdas keep each key, its meaning and its limits on one line.
using Text = std::string_view;

std::vector<Key> listenerKeys() {
    return {
        {"listen.smtp", [](Config& c, Text v) { return store(parseListenAddresses(v), c.smtp); }},
        {"listen.submission",
         [](Config& c, Text v) { return store(parseListenAddresses(v), c.submission); }},
        {"listen.submissions",
         [](Config& c, Text v) { return store(parseListenAddresses(v), c.submissions); }},
        {"listen.monitoring", setMonitoring},
        {"listen.smtp.proxy_from",
         [](Config& c, Text v) { return store(parseNetworks(v), c.smtpRules.proxyFrom); }},
        {"listen.submission.proxy_from",
         [](Config& c, Text v) { return store(parseNetworks(v), c.submissionRules.proxyFrom); }},
        {"listen.submissions.proxy_from",
         [](Config& c, Text v) { return store(parseNetworks(v), c.submissionsRules.proxyFrom); }},
        {"listen.smtp.tls_min",
         [](Config& c, Text v) { return store(parseTlsVersion(v), c.smtpRules.tlsMin); }},
        {"listen.submission.tls_min",
         [](Config& c, Text v) { return store(parseTlsVersion(v), c.submissionRules.tlsMin); }},
        {"listen.submissions.tls_min",
         [](Config& c, Text v) { return store(parseTlsVersion(v), c.submissionsRules.tlsMin); }},
        {"listen.smtp.tls_required",
         [](Config& c, Text v) { return store(parseFlag(v), c.smtpRules.tlsRequired); }},
    };
}

std::vector<Key> receptionKeys() {
    return {
        {"relay.trusted",
         [](Config& c, Text v) { return store(parseNetworks(v), c.relayTrusted); }},
        {"message.max_size",
         [](Config& c, Text v) { return store(parseSize(v), c.maxMessageSize); }},
        {"message.max_hold",
         [](Config& c, Text v) { return store(parseDurationOrOff(v), c.maxHold); }},
        {"session.max", [](Config& c, Text v) { return storeCount(v, 1, 100'000, c.session.max); }},
        {"session.max_per_ip",
         [](Config& c, Text v) { return storeCount(v, 1, 100'000, c.session.maxPerIp); }},
        {"session.command_timeout",
         [](Config& c, Text v) { return store(parseDuration(v), c.session.commandTimeout); }},
        {"session.max_duration",
         [](Config& c, Text v) { return store(parseDuration(v), c.session.maxDuration); }},
        {"session.grace",
         [](Config& c, Text v) { return store(parseDuration(v), c.session.grace); }},
        {"session.max_recipients",
         [](Config& c, Text v) { return storeCount(v, 100, 100'000, c.session.maxRecipients); }},
        {"session.greeting_delay", setGreetingDelay},
        {"session.refuse_early_talkers",
         [](Config& c, Text v) { return store(parseFlag(v), c.session.refuseEarlyTalkers); }},
        {"suffix.separators",
         [](Config& c, Text v) { return store(parseCharacters(v), c.suffixSeparators); }},
        {"suffix.drop", [](Config& c, Text v) { return store(parseCharacters(v), c.suffixDrop); }},
        {"hooks", setHooks},
    };
}

std::vector<Key> deliveryKeys() {
    return {
        {"courier.local", [](Config& c, Text v) { return store(parseName(v), c.localCourier); }},
        {"courier.remote", [](Config& c, Text v) { return store(parseName(v), c.remoteCourier); }},
        {"courier.threads",
         [](Config& c, Text v) { return storeCount(v, 1, 1000, c.courier.threads); }},
        {"courier.per_destination",
         [](Config& c, Text v) { return storeCount(v, 1, 1000, c.courier.perDestination); }},
        {"courier.max_recipients",
         [](Config& c, Text v) { return storeCount(v, 1, 1000, c.courier.maxRecipients); }},
        {"courier.timeout",
         [](Config& c, Text v) { return store(parseDuration(v), c.courier.timeout); }},
        {"queue.retry", [](Config& c, Text v) { return store(parseDurations(v), c.queue.retry); }},
        {"queue.give_up_after",
         [](Config& c, Text v) { return store(parseDuration(v), c.queue.giveUpAfter); }},
        {"queue.warn_after",
         [](Config& c, Text v) { return store(parseDurationOrOff(v), c.queue.warnAfter); }},
        {"queue.max_messages",
         [](Config& c, Text v) { return storeCount(v, 1, 1000 * million, c.queue.maxMessages); }},
        {"queue.inline_content",
         [](Config& c, Text v) { return store(parseSize(v), c.queue.inlineContent); }},
        {"queue.history",
         [](Config& c, Text v) { return store(parseDuration(v), c.queue.history); }},
    };
}

std::vector<Key> accountKeys() {
    return {
        {"dovecot.client_socket",
         [](Config& c, Text v) { return store(parsePath(v), c.dovecot.clientSocket); }},
        {"dovecot.userdb_socket",
         [](Config& c, Text v) { return store(parsePath(v), c.dovecot.userdbSocket); }},
        {"sql.alias_query", [](Config& c, Text v) { return c.sql.aliasQuery = v, Reason{}; }},
        {"sql.connector", setSqlConnector},
        {"sql.connection", [](Config& c, Text v) { return c.sql.connection = v, Reason{}; }},
        {"sql.connection_file",
         [](Config& c, Text v) { return store(parsePath(v), c.sql.connectionFile); }},
        {"sql.scram", [](Config& c, Text v) { return store(parseFlag(v), c.sql.scram); }},
        {"sql.user_query", [](Config& c, Text v) { return c.sql.userQuery = v, Reason{}; }},
    };
}

std::vector<Key> hostKeys() {
    return {
        {"hostname", setHostname},
        {"data.dir", setDataDir},
        {"plugin.dir", setPluginDir},
        {"user", setUser},
        {"dns.forward", [](Config& c, Text v) { return store(parseEndpoints(v), c.dnsForward); }},
        {"dns.trust_anchor_file", setTrustAnchorFile},
        {"tls.ca_file", [](Config& c, Text v) { return store(parsePath(v), c.tlsCaFile); }},
        {"journal.max_age",
         [](Config& c, Text v) { return store(parseDuration(v), c.journal.maxAge); }},
        {"journal.max_size",
         [](Config& c, Text v) { return store(parseSize(v), c.journal.maxSize); }},
        {"log.syslog", [](Config& c, Text v) { return store(parseFlag(v), c.syslog); }},
        {"log.level",
         [](Config& c, Text v) {
             return store(parseWord(v, {"debug", "info", "warning", "error"}), c.logLevel);
         }},
    };
}

std::vector<Key> makeKeys() {
    std::vector<Key> keys;
    for (const auto& group :
         {hostKeys(), listenerKeys(), receptionKeys(), deliveryKeys(), accountKeys()}) {
        keys.insert(keys.end(), group.begin(), group.end());
    }
    std::sort(keys.begin(), keys.end(), [](const Key& a, const Key& b) { return a.name < b.name; });
    return keys;
}

}  // namespace

const std::vector<Key>& knownKeys() {
    static const std::vector<Key> keys = makeKeys();
    return keys;
}

const Key* findKey(std::string_view name) {
    const auto& keys = knownKeys();
    const auto found =
        std::find_if(keys.begin(), keys.end(), [name](const Key& key) { return key.name == name; });
    return found == keys.end() ? nullptr : &*found;
}

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& words) {
    std::optional<std::string> best;
    std::size_t least = std::max<std::size_t>(2, word.size() / 4) + 1;
    for (const auto& candidate : words) {
        const std::size_t distance = text::editDistance(word, candidate);
        if (distance >= least) continue;
        least = distance;
        best = candidate;
    }
    return best;
}

std::string suggestion(std::string_view word, const std::vector<std::string>& words) {
    const auto near = nearest(word, words);
    return near ? "; did you mean " + *near + "?" : "";
}

}  // namespace postrider::config
