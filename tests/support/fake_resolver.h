#pragma once

#include "common/dns/resolver.h"

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace postrider::test {

/// A resolver that answers from maps. A name in `serverFailure` gives ServerFailure for every type,
/// one in `timesOut` TimedOut; a name that no map knows gives NoSuchDomain; one that another map
/// knows NoData. Fill it before use; asking is thread-safe.
class FakeResolver final : public dns::Resolver {
public:
    std::map<std::string, std::vector<dns::MxRecord>> mxRecords;
    std::map<std::string, std::vector<std::string>> addressRecords;  ///< IP addresses as text
    std::map<std::string, std::vector<std::string>> txtRecords;
    std::map<std::string, std::vector<std::string>> ptrRecords;  ///< by IP address as text
    std::map<std::string, std::vector<dns::TlsaRecord>> tlsaRecords;
    std::set<std::string> serverFailure;
    std::set<std::string> timesOut;
    bool authentic = false;              ///< of every answer and denial
    std::function<void()> beforeAnswer;  ///< called for each question, by whoever asks

    Result<dns::Answer<dns::MxRecord>, dns::DnsError> mx(const mail::Domain& domain,
                                                         Deadline /*deadline*/) override {
        auto answer = look(mxRecords, domain.ascii(), "MX");
        if (!answer) return answer;
        std::vector<dns::MxRecord> records = std::move(answer).value().records;
        std::stable_sort(records.begin(), records.end(),
                         [](const auto& a, const auto& b) { return a.preference < b.preference; });
        return dns::Answer<dns::MxRecord>{std::move(records), authentic};
    }
    Result<dns::Answer<IpAddress>, dns::DnsError> addresses(const std::string& host,
                                                            Deadline /*deadline*/) override {
        const auto texts = look(addressRecords, host, "A");
        if (!texts) return Unexpected{texts.error()};
        dns::Answer<IpAddress> answer{{}, authentic};
        for (const auto& text : texts->records)
            answer.records.push_back(*IpAddress::parse(text));
        return answer;
    }
    Result<dns::Answer<std::string>, dns::DnsError> txt(const std::string& name,
                                                        Deadline /*deadline*/) override {
        return look(txtRecords, name, "TXT");
    }
    Result<dns::Answer<std::string>, dns::DnsError> ptr(const IpAddress& ip,
                                                        Deadline /*deadline*/) override {
        return look(ptrRecords, ip.toString(), "PTR");
    }
    Result<dns::Answer<dns::TlsaRecord>, dns::DnsError> tlsa(const std::string& name,
                                                             Deadline /*deadline*/) override {
        return look(tlsaRecords, name, "TLSA");
    }

    /// What was asked so far: "MX example.org", "A mx.example.org" ...
    [[nodiscard]] std::vector<std::string> questions() const {
        const std::lock_guard lock{mutex_};
        return questions_;
    }

private:
    template <class T>
    Result<dns::Answer<T>, dns::DnsError> look(const std::map<std::string, std::vector<T>>& records,
                                               const std::string& name, const std::string& type) {
        {
            const std::lock_guard lock{mutex_};
            questions_.push_back(type + " " + name);
        }
        if (beforeAnswer) beforeAnswer();
        if (serverFailure.contains(name)) return failure(dns::DnsErrorKind::ServerFailure, name);
        if (timesOut.contains(name)) return failure(dns::DnsErrorKind::TimedOut, name);
        const auto found = records.find(name);
        if (found != records.end()) return dns::Answer<T>{found->second, authentic};
        return failure(exists(name) ? dns::DnsErrorKind::NoData : dns::DnsErrorKind::NoSuchDomain,
                       name);
    }
    [[nodiscard]] bool exists(const std::string& name) const {
        return mxRecords.contains(name) || addressRecords.contains(name) ||
               txtRecords.contains(name) || ptrRecords.contains(name) || tlsaRecords.contains(name);
    }
    [[nodiscard]] Unexpected<dns::DnsError> failure(dns::DnsErrorKind kind,
                                                    const std::string& name) const {
        return Unexpected{dns::DnsError{kind, authentic, name + ": as the test says"}};
    }

    mutable std::mutex mutex_;
    std::vector<std::string> questions_;
};

}  // namespace postrider::test
