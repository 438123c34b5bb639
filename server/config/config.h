#pragma once

#include "common/base/ip_address.h"
#include "common/base/ip_network.h"
#include "common/net/tls_server.h"
#include "server/config/instance_config.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// The whole configuration as plain structs, with the defaults that conf/postrider.properties
/// documents.
namespace postrider::config {

/// One `address:port`, `[v6]:port`, `:port` (all addresses, both families) or `systemd`.
struct ListenAddress {
    bool systemd = false;
    std::optional<IpAddress> ip;  ///< absent: every address
    std::uint16_t port = 0;
    std::string text;  ///< as written, for messages

    friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

/// What holds for the clients of one listener, `listen.NAME.*`.
struct ListenerRules {
    std::vector<IpNetwork> proxyFrom{};  ///< whose connections begin with a PROXY header
    net::TlsVersion tlsMin = net::TlsVersion::Tls12;
    bool tlsRequired = false;  ///< TLS before MAIL; for the others than smtp it is a must

    friend bool operator==(const ListenerRules&, const ListenerRules&) = default;
};

struct SessionConfig {
    std::size_t max = 1000;
    std::size_t maxPerIp = 50;
    std::chrono::seconds commandTimeout{300};
    std::chrono::seconds maxDuration{1800};
    std::chrono::seconds grace{30};  ///< how long a stop waits for sessions and couriers
    std::size_t maxRecipients = 1000;
    std::chrono::seconds greetingDelay{0};
    bool refuseEarlyTalkers = false;

    friend bool operator==(const SessionConfig&, const SessionConfig&) = default;
};

struct QueueConfig {
    std::vector<std::chrono::seconds> retry{std::chrono::minutes{1},  std::chrono::minutes{5},
                                            std::chrono::minutes{15}, std::chrono::minutes{30},
                                            std::chrono::hours{1},    std::chrono::hours{2},
                                            std::chrono::hours{4}};  ///< the last repeats
    std::chrono::seconds giveUpAfter{5 * 24 * 3600};
    std::chrono::seconds warnAfter{4 * 3600};  ///< 0: never
    std::uint64_t maxMessages = 1'000'000;
    std::size_t inlineContent = 65'536;
    std::chrono::seconds history{30 * 24 * 3600};

    friend bool operator==(const QueueConfig&, const QueueConfig&) = default;
};

struct CourierLimits {
    std::size_t threads = 50;  ///< courier.threads: deliveries at once, all destinations together
    std::size_t perDestination = 20;     ///< courier.per_destination
    std::size_t maxRecipients = 100;     ///< courier.max_recipients: per attempt
    std::chrono::seconds timeout{1200};  ///< courier.timeout: one attempt

    friend bool operator==(const CourierLimits&, const CourierLimits&) = default;
};

struct JournalConfig {
    std::chrono::seconds maxAge{30 * 24 * 3600};    ///< journal.max_age
    std::uint64_t maxSize = 1024ULL * 1024 * 1024;  ///< journal.max_size

    friend bool operator==(const JournalConfig&, const JournalConfig&) = default;
};

/// Accounts in a Dovecot on this host: both sockets, or none.
struct DovecotConfig {
    std::filesystem::path clientSocket;  ///< dovecot.client_socket
    std::filesystem::path userdbSocket;  ///< dovecot.userdb_socket

    friend bool operator==(const DovecotConfig&, const DovecotConfig&) = default;
};

/// Accounts and aliases in an SQL database.
struct SqlConfig {
    std::string connector;   ///< sql.connector: sqlite postgresql mysql; empty: no database
    std::string connection;  ///< sql.connection
    std::filesystem::path connectionFile;  ///< sql.connection_file: holds it instead
    std::string userQuery;                 ///< sql.user_query; empty: no accounts
    std::string aliasQuery;                ///< sql.alias_query; empty: no aliases
    bool scram = false;                    ///< sql.scram

    friend bool operator==(const SqlConfig&, const SqlConfig&) = default;
};

struct Config {
    std::filesystem::path configDir;
    std::string hostname;
    std::filesystem::path dataDir{"/var/lib/postrider"};
    std::vector<ListenAddress> smtp;
    std::vector<ListenAddress> submission;
    std::vector<ListenAddress> submissions;
    ListenerRules smtpRules;
    ListenerRules submissionRules{.tlsRequired = true};
    ListenerRules submissionsRules{.tlsRequired = true};
    std::vector<IpNetwork> relayTrusted;      ///< relay.trusted: may relay without AUTH
    std::optional<ListenAddress> monitoring;  ///< absent: `off`
    std::uint64_t maxMessageSize = 50ULL * 1024 * 1024;
    std::chrono::seconds maxHold{7 * 24 * 3600};  ///< message.max_hold; 0: no holding
    SessionConfig session;
    std::string suffixSeparators = "+";
    std::string suffixDrop = ".";
    std::filesystem::path pluginDir;
    std::string localCourier = "maildir";
    std::string remoteCourier = "smtp";
    CourierLimits courier;
    std::vector<InstanceConfig> couriers;  ///< local and remote exist in it always
    std::vector<InstanceConfig> hooks;     ///< in order
    std::string user = "postrider";        ///< used only when started as root
    std::vector<Endpoint> dnsForward;
    std::filesystem::path trustAnchorFile;  ///< empty: the system's, when there
    std::filesystem::path tlsCaFile;        ///< empty: the system's
    QueueConfig queue;
    JournalConfig journal;
    DovecotConfig dovecot;
    SqlConfig sql;
    bool syslog = true;             ///< log.syslog
    std::string logLevel = "info";  ///< log.level: debug info warning error
    /// Where each key of this struct was given, "postrider.properties:4" or "--set"; defaults have
    /// no place. For complaintAbout() of load.h.
    std::map<std::string, std::string> origins;

    friend bool operator==(const Config&, const Config&) = default;
};

}  // namespace postrider::config
