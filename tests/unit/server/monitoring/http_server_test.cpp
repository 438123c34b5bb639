#include "server/monitoring/http_server.h"

#include "server/monitoring/request_handler.h"
#include "tests/support/openmetrics_checker.h"
#include "tests/support/recording_log.h"

#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Timespan.h>
#include <array>
#include <chrono>
#include <doctest.h>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace postrider::monitoring {

namespace {

struct World {
    Metrics metrics;
    test::RecordingLog log;
    HttpServerOptions options{.endpoint = *Endpoint::parse("127.0.0.1:1")};

    [[nodiscard]] MonitoringPorts ports() {
        MonitoringPorts ports{.metrics = metrics, .log = log, .health = {}};
        ports.queue = [](std::size_t) { return std::vector<QueueRow>(1); };
        ports.sessions = [](std::size_t) -> std::vector<SessionRow> {
            throw std::runtime_error("no such\nregistry");
        };
        ports.explain = [](std::string_view subject) { return std::string{subject}; };
        return ports;
    }
    [[nodiscard]] std::unique_ptr<HttpServer> serve() {
        options.endpoint.port = 0;
        auto server = HttpServer::start(options, ports());
        REQUIRE_MESSAGE(server.has_value(), server.error());
        return std::move(server).value();
    }
};

Poco::Net::StreamSocket connectTo(const HttpServer& server) {
    Poco::Net::StreamSocket socket{Poco::Net::SocketAddress{"127.0.0.1", server.port()}};
    socket.setReceiveTimeout(Poco::Timespan{15, 0});
    return socket;
}

std::string readAll(Poco::Net::StreamSocket& socket) {
    std::string text;
    std::array<char, 4096> buffer{};
    while (true) {
        const int count = socket.receiveBytes(buffer.data(), static_cast<int>(buffer.size()));
        if (count <= 0) return text;
        text.append(buffer.data(), static_cast<std::size_t>(count));
    }
}

std::string ask(const HttpServer& server, const std::string& requestLine,
                const std::string& host = "localhost") {
    auto socket = connectTo(server);
    const std::string request = requestLine + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
    socket.sendBytes(request.data(), static_cast<int>(request.size()));
    return readAll(socket);
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

std::string bodyOf(const std::string& answer) {
    return answer.substr(answer.find("\r\n\r\n") + 4);
}

}  // namespace

TEST_CASE("health, metrics and pages are served over a real port") {
    World world;
    world.metrics.counter("postrider_events", "Events", {"event", "queued"}).add(5);
    const auto server = world.serve();
    const std::string health = ask(*server, "GET /healthz");
    CHECK(health.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(bodyOf(health) == "ok\n");

    const std::string metrics = ask(*server, "GET /metrics");
    CHECK(has(metrics,
              "Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n"));
    CHECK(has(metrics, "postrider_events_total{event=\"queued\"} 5\n"));
    CHECK(test::OpenMetricsChecker::complaintsAbout(bodyOf(metrics)).empty());

    CHECK(has(ask(*server, "GET /queue"), "1 recipients wait."));
    CHECK(has(ask(*server, "GET /explain?about=x%40y"), "<pre>x@y</pre>"));
    CHECK(ask(*server, "GET /nothing").starts_with("HTTP/1.1 404 Not Found\r\n"));
}

TEST_CASE("every answer carries the security headers") {
    World world;
    const auto server = world.serve();
    for (const std::string request : {"GET /", "GET /nothing", "POST /", "GET /sessions"}) {
        CAPTURE(request);
        const std::string answer = ask(*server, request);
        CHECK(has(answer, "Content-Security-Policy: default-src 'none'; style-src 'self';"));
        CHECK(has(answer, "X-Content-Type-Options: nosniff\r\n"));
        CHECK(has(answer, "X-Frame-Options: DENY\r\n"));
        CHECK(has(answer, "Referrer-Policy: no-referrer\r\n"));
        CHECK(has(answer, "Cache-Control: no-store\r\n"));
    }
}

TEST_CASE(
    "HEAD has the headers of GET and no body; other methods are 405 (RFC 9110 9.3.2, 15.5.6)") {
    World world;
    const auto server = world.serve();
    const std::string head = ask(*server, "HEAD /healthz");
    CHECK(head.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(has(head, "Content-Length: 3\r\n"));
    CHECK(bodyOf(head).empty());
    for (const std::string method : {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW", "get"}) {
        CAPTURE(method);
        const std::string answer = ask(*server, method + " /queue");
        CHECK(answer.starts_with("HTTP/1.1 405 "));
        CHECK(has(answer, "Allow: GET, HEAD\r\n"));
        CHECK_FALSE(has(answer, "recipients wait"));
    }
}

TEST_CASE("a page that throws is 500 without the reason, which is in the log on one line") {
    World world;
    const auto server = world.serve();
    const std::string answer = ask(*server, "GET /sessions");
    CHECK(answer.starts_with("HTTP/1.1 500 "));
    CHECK_FALSE(has(answer, "registry"));
    CHECK(world.log.count("monitoring-failed target=/sessions reason=") == 1);
    CHECK(ask(*server, "GET /healthz").starts_with("HTTP/1.1 200 "));
}

TEST_CASE("a request for another host's name is refused on loopback (DNS rebinding)") {
    World world;
    const auto server = world.serve();
    CHECK(ask(*server, "GET /queue", "evil.example").starts_with("HTTP/1.1 403 "));
    CHECK(ask(*server, "GET /queue", "127.0.0.1:1099").starts_with("HTTP/1.1 200 "));
    struct Case {
        std::string host;
        bool fine;
    };
    for (const auto& c : std::vector<Case>{{"localhost", true},
                                           {"LocalHost:1099", true},
                                           {"[::1]:1099", true},
                                           {"192.0.2.1", true},
                                           {"", true},
                                           {"localhost.evil.example", false},
                                           {"127.0.0.1.evil.example:80", false},
                                           {"[evil.example]", false},
                                           {"[", false},
                                           {"evil", false}}) {
        CAPTURE(c.host);
        CHECK(isAddressOrLocalhost(c.host) == c.fine);
    }
}

TEST_CASE("only loopback is listened on unless somebody asks for more") {
    World world;
    world.options.endpoint = *Endpoint::parse("0.0.0.0:1099");
    const auto server = HttpServer::start(world.options, world.ports());
    REQUIRE_FALSE(server.has_value());
    CHECK(server.error() == "0.0.0.0:1099 is not a loopback address, and nobody asked for another");
}

TEST_CASE("a port in use is said so, not shared (SO_REUSEPORT)") {
    World world;
    const auto server = world.serve();
    world.options.endpoint.port = server->port();
    const auto second = HttpServer::start(world.options, world.ports());
    REQUIRE_FALSE(second.has_value());
    CHECK(has(second.error(), "cannot listen on 127.0.0.1:"));
    CHECK(has(second.error(), "in use"));
}

TEST_CASE("the IPv6 loopback is served as well") {
    World world;
    world.options.endpoint = *Endpoint::parse("[::1]:1");
    const auto server = world.serve();
    Poco::Net::StreamSocket socket{Poco::Net::SocketAddress{"::1", server->port()}};
    const std::string request = "GET /healthz HTTP/1.1\r\nHost: [::1]\r\n\r\n";
    socket.sendBytes(request.data(), static_cast<int>(request.size()));
    CHECK(readAll(socket).starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("clients that never finish their request do not keep others out") {
    World world;
    world.options.connectionLimit = std::chrono::milliseconds{300};
    const auto server = world.serve();
    std::vector<Poco::Net::StreamSocket> silent;
    for (int i = 0; i < 6; ++i) {
        silent.push_back(connectTo(*server));
        silent.back().sendBytes("GET", 3);
    }
    const auto before = std::chrono::steady_clock::now();
    CHECK(ask(*server, "GET /healthz").starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds{8});
}

TEST_CASE("garbage and endless headers end the connection, not the server") {
    World world;
    const auto server = world.serve();
    std::string fields = "GET / HTTP/1.1\r\n";
    for (int i = 0; i < 5000; ++i)
        fields += "X" + std::to_string(i) + ": y\r\n";
    const std::vector<std::string> hostile{std::string(100'000, 'A'), "\x16\x03\x01\x02", fields};
    for (const auto& text : hostile) {
        auto socket = connectTo(*server);
        try {
            socket.sendBytes(text.data(), static_cast<int>(text.size()));
            socket.shutdownSend();
            readAll(socket);
        } catch (const Poco::Exception&) {
            // Cut while we were still sending: that is allowed.
        }
    }
    CHECK(ask(*server, "GET /healthz").starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("stopping cuts open connections and frees the port at once") {
    World world;
    auto server = world.serve();
    const std::uint16_t port = server->port();
    auto open = connectTo(*server);
    open.sendBytes("GET", 3);
    const auto before = std::chrono::steady_clock::now();
    server.reset();
    CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds{5});
    CHECK_THROWS(Poco::Net::StreamSocket{Poco::Net::SocketAddress{"127.0.0.1", port}});
    world.options.endpoint.port = port;
    CHECK(HttpServer::start(world.options, world.ports()).has_value());
}

}  // namespace postrider::monitoring
