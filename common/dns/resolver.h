#pragma once

#include "common/base/deadline.h"
#include "common/base/ip_address.h"
#include "common/base/result.h"
#include "common/mail/domain.h"

#include <cstdint>
#include <string>
#include <vector>

namespace postrider::dns {

/// Why there is no answer. The first two are authoritative "no"s; the others mean: ask later.
enum class DnsErrorKind {
    NoSuchDomain,   ///< NXDOMAIN
    NoData,         ///< the name exists, not with this type
    ServerFailure,  ///< SERVFAIL, REFUSED, malformed
    TimedOut,
    Bogus,  ///< DNSSEC validation failed: treat as temporary, never use the data
};
struct DnsError {
    DnsErrorKind kind = DnsErrorKind::ServerFailure;
    bool authentic = false;  ///< the denial itself was proven by DNSSEC
    std::string text;
    [[nodiscard]] bool isTemporary() const {
        return kind != DnsErrorKind::NoSuchDomain && kind != DnsErrorKind::NoData;
    }
};

/// Records of one type. Never empty. `authentic`: validated by DNSSEC.
template <class T>
struct Answer {
    std::vector<T> records;
    bool authentic = false;
};

/// `exchange` is kept as text: "." is a null MX (RFC 7505); it may be an IP literal or another name
/// that no Domain can hold.
struct MxRecord {
    std::uint16_t preference = 0;
    std::string exchange;  ///< lower case, without the trailing dot, "." for the root
};
struct TlsaRecord {
    std::uint8_t usage = 0;
    std::uint8_t selector = 0;
    std::uint8_t matching = 0;
    std::string data;
};

/// Asks DNS. Blocking, bounded by the deadline. Thread-safe. Names are refused (ServerFailure) when
/// longer than 253 octets or with labels over 63.
class Resolver {
public:
    virtual ~Resolver() = default;
    /// Sorted by preference.
    virtual Result<Answer<MxRecord>, DnsError> mx(const mail::Domain& domain,
                                                  Deadline deadline) = 0;
    /// A and AAAA together; authentic only when both answers (or denials) are.
    virtual Result<Answer<IpAddress>, DnsError> addresses(const std::string& host,
                                                          Deadline deadline) = 0;
    /// Each record's strings joined.
    virtual Result<Answer<std::string>, DnsError> txt(const std::string& name,
                                                      Deadline deadline) = 0;
    virtual Result<Answer<std::string>, DnsError> ptr(const IpAddress& ip, Deadline deadline) = 0;
    virtual Result<Answer<TlsaRecord>, DnsError> tlsa(const std::string& name,
                                                      Deadline deadline) = 0;
};

}  // namespace postrider::dns
