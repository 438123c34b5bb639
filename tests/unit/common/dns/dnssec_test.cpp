#include "common/base/subprocess.h"
#include "common/dns/unbound_resolver.h"
#include "tests/support/temp_dir.h"

#include <array>
#include <chrono>
#include <csignal>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <netinet/in.h>
#include <optional>
#include <spawn.h>
#include <string>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace postrider;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

// Against Debian's NSD with zones signed here; where these programs are not installed there is
// nothing to see.
namespace {

std::string run(const fs::path& folder, std::vector<std::string> argv) {
    const SubprocessSpec spec{std::move(argv), {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}, folder};
    const auto result = runSubprocess(
        spec, [](std::span<char>) { return std::size_t{0}; }, Deadline::after(30s));
    REQUIRE(result);
    INFO(result->errorOutput);
    REQUIRE(result->exitCode == 0);
    return result->output.substr(0, result->output.find('\n'));
}

std::uint16_t freePort() {
    const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* plain = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(fd, plain, size) == 0);
    REQUIRE(::getsockname(fd, plain, &size) == 0);
    ::close(fd);
    return ntohs(address.sin_port);
}

std::string contentOf(const fs::path& file) {
    std::ifstream stream{file};
    return {std::istreambuf_iterator<char>{stream}, {}};
}

/// NSD with two signed zones, good.example and bad.example; the signatures of the second are
/// damaged.
class SignedZones {
public:
    SignedZones() : port_(freePort()) {
        for (const std::string zone : {"good.example", "bad.example"})
            sign(zone);
        std::string bad = contentOf(folder_.path() / "bad.example.signed");
        // Another address under the old signature.
        const auto address = bad.find("192.0.2.1");
        REQUIRE(address != std::string::npos);
        bad.replace(address, 9, "192.0.2.9");
        std::ofstream{folder_.path() / "bad.example.signed"} << bad;
        startServer();
    }
    ~SignedZones() {
        ::kill(server_, SIGTERM);
        ::waitpid(server_, nullptr, 0);
    }
    SignedZones(const SignedZones&) = delete;
    SignedZones& operator=(const SignedZones&) = delete;

    [[nodiscard]] std::unique_ptr<dns::UnboundResolver> resolver() const {
        auto made =
            dns::UnboundResolver::create({.forwarders = {{IpAddress::v4({127, 0, 0, 1}), port_}},
                                          .trustAnchorFile = folder_.path() / "anchors"});
        INFO((made ? std::string{} : made.error()));
        REQUIRE(made);
        return std::move(made).value();
    }

private:
    void sign(const std::string& zone) {
        std::ofstream{folder_.path() / zone}
            << "$ORIGIN " << zone << ".\n$TTL 300\n@ SOA ns hostmaster 1 3600 600 86400 300\n"
            << "@ NS ns\nns A 127.0.0.1\n@ MX 10 mx\nmx A 192.0.2.1\n_25._tcp.mx TLSA 3 1 1 "
            << std::string(64, 'a') << "\n";
        const auto key =
            run(folder_.path(), {"ldns-keygen", "-k", "-a", "ECDSAP256SHA256", zone + "."});
        run(folder_.path(), {"ldns-signzone", "-n", zone, key});
        std::ofstream anchors{folder_.path() / "anchors", std::ios::app};
        anchors << contentOf(folder_.path() / (key + ".ds"));
    }
    void startServer() {
        const std::string folder = folder_.path().string();
        std::ofstream config{folder_.path() / "nsd.conf"};
        config << "server:\n ip-address: 127.0.0.1@" << port_
               << "\n username: \"\"\n chroot: \"\"\n"
               << " zonesdir: \"" << folder << "\"\n pidfile: \"" << folder << "/nsd.pid\"\n"
               << " zonelistfile: \"" << folder << "/zone.list\"\n xfrdfile: \"" << folder
               << "/xfrd\"\n logfile: \"" << folder
               << "/log\"\n database: \"\"\n rrl-ratelimit: 0\n"
               << "remote-control:\n control-enable: no\n";
        for (const std::string zone : {"good.example", "bad.example"}) {
            config << "zone:\n name: " << zone << "\n zonefile: " << zone << ".signed\n";
        }
        config.close();
        std::string program = "/usr/sbin/nsd";
        std::string flag = "-d";
        std::string option = "-c";
        std::string file = folder + "/nsd.conf";
        const std::array<char*, 5> argv{program.data(), flag.data(), option.data(), file.data(),
                                        nullptr};
        REQUIRE(::posix_spawn(&server_, program.c_str(), nullptr, nullptr, argv.data(), nullptr) ==
                0);
    }

    test::TempDir folder_;
    std::uint16_t port_;
    pid_t server_ = 0;
};

bool programsAreThere() {
    return fs::exists("/usr/sbin/nsd") && fs::exists("/usr/bin/ldns-signzone");
}

}  // namespace

TEST_CASE("signed answers and denials are authentic, damaged ones are bogus and temporary") {
    if (!programsAreThere()) return;
    const SignedZones zones;
    const auto good = *mail::Domain::parse("good.example");
    Result<dns::Answer<dns::MxRecord>, dns::DnsError> mx = Unexpected{dns::DnsError{}};
    std::unique_ptr<dns::UnboundResolver> resolver;
    // The server needs a moment to be there; a fresh resolver has not learnt that it was not.
    for (int i = 0; i < 100 && !mx; ++i) {
        std::this_thread::sleep_for(50ms);
        resolver = zones.resolver();
        mx = resolver->mx(good, Deadline::after(2s));
    }
    REQUIRE(mx);
    CHECK(mx->authentic);
    CHECK(mx->records.at(0).exchange == "mx.good.example");

    const auto deadline = Deadline::after(10s);
    // Addresses are authentic only when the denial of the other family is proven, too.
    const auto addresses = resolver->addresses("mx.good.example", deadline);
    REQUIRE(addresses);
    CHECK(addresses->authentic);
    CHECK(resolver->tlsa("_25._tcp.mx.good.example", deadline)->authentic);

    const auto absent = resolver->txt("absent.good.example", deadline);
    REQUIRE_FALSE(absent);
    CHECK(absent.error().kind == dns::DnsErrorKind::NoSuchDomain);
    CHECK(absent.error().authentic);

    const auto bogus = resolver->addresses("mx.bad.example", deadline);
    REQUIRE_FALSE(bogus);
    CHECK(bogus.error().kind == dns::DnsErrorKind::Bogus);
    CHECK(bogus.error().isTemporary());
}
