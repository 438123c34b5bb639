#pragma once

#include "common/base/ip_address.h"
#include "common/base/result.h"
#include "common/dns/resolver.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace postrider::dns {

struct UnboundOptions {
    /// Asked instead of the host's resolvers. A loopback one is allowed.
    std::vector<Endpoint> forwarders{};
    /// DS or DNSKEY records of the root or of islands; empty: the system's root key when it is
    /// there; "none": no validation.
    std::filesystem::path trustAnchorFile{};
    std::filesystem::path resolvConf{
        "/etc/resolv.conf"};  ///< missing or without servers: ask by ourselves
    std::filesystem::path hosts{"/etc/hosts"};
};

/// Resolver on libunbound: caches, validates DNSSEC, follows CNAMEs.
///
/// Asynchronous inside (libunbound's worker and one thread that collects answers), blocking
/// outside, each call with its own deadline. Make it after the process has become a daemon and its
/// signal mask is set: it starts threads. Thread-safe; no call may be under way when it is
/// destroyed.
class UnboundResolver final : public Resolver {
public:
    /// Error: the sentence for the operator (a trust anchor that cannot be read ...). Asks nothing
    /// over the network.
    static Result<std::unique_ptr<UnboundResolver>, std::string> create(
        const UnboundOptions& options);
    ~UnboundResolver() override;
    UnboundResolver(const UnboundResolver&) = delete;
    UnboundResolver& operator=(const UnboundResolver&) = delete;
    UnboundResolver(UnboundResolver&&) = delete;
    UnboundResolver& operator=(UnboundResolver&&) = delete;

    Result<Answer<MxRecord>, DnsError> mx(const mail::Domain& domain, Deadline deadline) override;
    Result<Answer<IpAddress>, DnsError> addresses(const std::string& host,
                                                  Deadline deadline) override;
    Result<Answer<std::string>, DnsError> txt(const std::string& name, Deadline deadline) override;
    Result<Answer<std::string>, DnsError> ptr(const IpAddress& ip, Deadline deadline) override;
    Result<Answer<TlsaRecord>, DnsError> tlsa(const std::string& name, Deadline deadline) override;

private:
    class Engine;
    explicit UnboundResolver(std::unique_ptr<Engine> engine);

    std::unique_ptr<Engine> engine_;
};

}  // namespace postrider::dns
