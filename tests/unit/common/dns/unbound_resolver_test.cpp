#include "common/dns/unbound_resolver.h"

#include "tests/support/temp_dir.h"
#include "tests/support/udp_name_server.h"

#include <chrono>
#include <doctest/doctest.h>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace postrider;
using namespace std::chrono_literals;
using namespace std::string_literals;
using dns::DnsErrorKind;
using test::UdpNameServer;

namespace {

constexpr int a = 1;
constexpr int ptr = 12;
constexpr int mx = 15;
constexpr int txt = 16;
constexpr int aaaa = 28;
constexpr int tlsa = 52;

/// A resolver that forwards to a server of the test, without validation.
struct Lab {
    UdpNameServer server;
    std::unique_ptr<dns::UnboundResolver> resolver;

    void start() {
        server.start();
        auto made = dns::UnboundResolver::create(
            {.forwarders = {server.endpoint()}, .trustAnchorFile = "none"});
        INFO((made ? "" : made.error()));
        REQUIRE(made);
        resolver = std::move(made).value();
    }
};

Deadline soon() {
    return Deadline::after(10s);
}

template <class T>
DnsErrorKind errorOf(const Result<T, dns::DnsError>& result) {
    REQUIRE_FALSE(result);
    return result.error().kind;
}

}  // namespace

TEST_CASE("records of every type are found through a forwarder on loopback") {
    Lab lab;
    lab.server.records = {
        {{"example.org", mx},
         {UdpNameServer::wireMx(20, "b.example.org"), UdpNameServer::wireMx(10, "A.example.org")}},
        {{"a.example.org", a}, {"\xc0\x00\x02\x01"s}},
        {{"a.example.org", aaaa}, {"\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\1"}},
        {{"_dmarc.example.org", txt}, {"\3v=D\4MARC"s}},
        {{"1.2.0.192.in-addr.arpa", ptr}, {UdpNameServer::wireName("a.example.org")}},
        {{"_25._tcp.a.example.org", tlsa}, {"\3\1\1hash"s}}};
    lab.start();

    const auto exchanges = lab.resolver->mx(*mail::Domain::parse("Example.ORG"), soon());
    REQUIRE(exchanges);
    REQUIRE(exchanges->records.size() == 2);
    CHECK(exchanges->records[0].exchange == "a.example.org");
    CHECK(exchanges->records[1].preference == 20);
    CHECK_FALSE(exchanges->authentic);

    const auto addresses = lab.resolver->addresses("a.example.org", soon());
    REQUIRE(addresses);
    REQUIRE(addresses->records.size() == 2);
    CHECK(addresses->records[0].toString() == "192.0.2.1");
    CHECK(addresses->records[1].toString() == "2001:db8::1");

    CHECK(lab.resolver->txt("_dmarc.example.org", soon())->records.at(0) == "v=DMARC");
    CHECK(lab.resolver->ptr(*IpAddress::parse("192.0.2.1"), soon())->records.at(0) ==
          "a.example.org");
    CHECK(lab.resolver->tlsa("_25._tcp.a.example.org", soon())->records.at(0).data == "hash");
}

TEST_CASE("denials are authoritative, failures are temporary (C-003)") {
    Lab lab;
    lab.server.records = {{{"example.org", txt}, {"\0"s}},
                          {{"half.example.org", a}, {"\xc0\x00\x02\x01"s}},
                          {{"garbage.example.org", mx}, {"\0"s}}};
    lab.server.codes = {{"refused.example.org", 5}, {"broken.example.org", 2}};
    lab.start();
    const auto mxOf = [&](const char* name) {
        return errorOf(lab.resolver->mx(*mail::Domain::parse(name), soon()));
    };
    CHECK(mxOf("absent.example.org") == DnsErrorKind::NoSuchDomain);
    CHECK(mxOf("example.org") == DnsErrorKind::NoData);
    CHECK(mxOf("refused.example.org") == DnsErrorKind::ServerFailure);
    CHECK(mxOf("broken.example.org") == DnsErrorKind::ServerFailure);
    CHECK(mxOf("garbage.example.org") == DnsErrorKind::ServerFailure);
    CHECK(errorOf(lab.resolver->addresses("absent.example.org", soon())) ==
          DnsErrorKind::NoSuchDomain);
    CHECK(errorOf(lab.resolver->addresses("example.org", soon())) == DnsErrorKind::NoData);
    CHECK(lab.resolver->addresses("half.example.org", soon())->records.size() == 1);
}

TEST_CASE("names under .test are asked of a forwarder, too") {
    Lab lab;
    lab.server.records = {{{"mx.example.test", a}, {"\x7f\0\0\1"s}}};
    lab.start();
    CHECK(lab.resolver->addresses("mx.example.test", soon())->records.at(0).isLoopback());
}

TEST_CASE("localhost and the hosts file are answered without asking anybody") {
    const test::TempDir folder;
    std::ofstream{folder.path() / "hosts"} << "192.0.2.7 lmtp.house\n";
    UdpNameServer server;
    server.start();
    const auto made = dns::UnboundResolver::create({.forwarders = {server.endpoint()},
                                                    .trustAnchorFile = "none",
                                                    .hosts = folder.path() / "hosts"});
    REQUIRE(made);
    CHECK((*made)->addresses("lmtp.house", soon())->records.at(0).toString() == "192.0.2.7");
    CHECK((*made)->addresses("localhost", soon())->records.at(0).isLoopback());
    CHECK(server.asked("lmtp.house") == 0);
}

TEST_CASE("the servers of a resolv.conf are used, also one on loopback") {
    // Its port is 53, where nothing listens for a test: what can be seen is that it is taken and
    // that the deadline holds.
    const test::TempDir folder;
    std::ofstream{folder.path() / "resolv.conf"} << "# comment\nnameserver 127.0.0.53\n";
    const auto made = dns::UnboundResolver::create(
        {.trustAnchorFile = "none", .resolvConf = folder.path() / "resolv.conf"});
    REQUIRE(made);
    const auto answer = (*made)->mx(*mail::Domain::parse("example.org"), Deadline::after(300ms));
    REQUIRE_FALSE(answer);
    CHECK(answer.error().isTemporary());
}

TEST_CASE("each question ends at its own deadline") {
    Lab lab;
    lab.server.silent = {"silent.example.org"};
    lab.server.records = {{{"example.org", a}, {"\xc0\x00\x02\x01"s}}};
    lab.start();
    const auto begin = steadyNow();
    CHECK(errorOf(lab.resolver->txt("silent.example.org", Deadline::after(300ms))) ==
          DnsErrorKind::TimedOut);
    const auto taken = steadyNow() - begin;
    CHECK(taken >= 290ms);
    CHECK(taken < 3s);
    // And the resolver goes on; a deadline that has passed already is one, too.
    CHECK(lab.resolver->addresses("example.org", soon()));
    CHECK(errorOf(lab.resolver->txt("silent.example.org", Deadline::after(0ms))) ==
          DnsErrorKind::TimedOut);
}

TEST_CASE("answers are remembered") {
    Lab lab;
    lab.server.records = {{{"example.org", txt}, {"\1x"s}}};
    lab.start();
    for (int i = 0; i < 5; ++i)
        CHECK(lab.resolver->txt("example.org", soon()));
    CHECK(lab.server.asked("example.org") == 1);
}

TEST_CASE("names that are too long or odd are not asked for") {
    Lab lab;
    lab.start();
    for (const auto& name :
         {std::string(64, 'a') + ".org", std::string(254, 'a'), "a\\000b.org"s, "a\nb.org"s, ""s}) {
        CHECK(errorOf(lab.resolver->txt(name, soon())) == DnsErrorKind::ServerFailure);
    }
}

TEST_CASE("many threads ask at once, some give up, and all get what is theirs") {
    Lab lab;
    lab.server.silent = {"silent.example.org"};
    for (int i = 0; i < 16; ++i) {
        const auto number = std::to_string(i);
        lab.server.records[{"n" + number + ".example.org", txt}] = {
            std::string(1, static_cast<char>(number.size())) + number};
    }
    lab.start();
    std::vector<std::thread> threads;
    std::atomic<int> wrong{0};
    for (int i = 0; i < 16; ++i) {
        threads.emplace_back([&, number = std::to_string(i)] {
            for (int round = 0; round < 20; ++round) {
                const auto answer = lab.resolver->txt("n" + number + ".example.org", soon());
                if (!answer || answer->records.at(0) != number) ++wrong;
                if (lab.resolver->txt("silent.example.org", Deadline::after(2ms))) ++wrong;
            }
        });
    }
    for (auto& thread : threads)
        thread.join();
    CHECK(wrong == 0);
}

TEST_CASE("a trust anchor that cannot be read, or holds something else, is told at start") {
    const auto absent = dns::UnboundResolver::create({.trustAnchorFile = "/nonexistent/root.key"});
    REQUIRE_FALSE(absent);
    CHECK(absent.error() == "the trust anchor /nonexistent/root.key cannot be read");

    const test::TempDir folder;
    std::ofstream{folder.path() / "root.key"} << "this is no trust anchor\n";
    const auto other =
        dns::UnboundResolver::create({.trustAnchorFile = folder.path() / "root.key"});
    REQUIRE_FALSE(other);
    CHECK(other.error().starts_with("the trust anchor " + (folder.path() / "root.key").string() +
                                    " holds no DS or DNSKEY records"));
    const auto aFolder = dns::UnboundResolver::create({.trustAnchorFile = folder.path()});
    REQUIRE_FALSE(aFolder);
    CHECK(aFolder.error().ends_with(" cannot be read"));
}
