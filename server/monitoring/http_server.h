#pragma once

#include "common/base/ip_address.h"
#include "common/base/result.h"
#include "server/monitoring/ports.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace postrider::monitoring {

struct HttpServerOptions {
    /// Who may connect. Anywhere is what an operator asks for by naming another address: nothing
    /// here asks for a password.
    enum class Reach { Loopback, Anywhere };

    Endpoint endpoint;  ///< port 0: any free one
    /// A listening socket that was handed over; taken in place of the endpoint, and owned from
    /// start() on.
    std::optional<int> inherited{};
    Reach reach = Reach::Loopback;
    std::chrono::milliseconds connectionLimit{20'000};  ///< from connect to the last octet
};

/// Shows metrics, health and pages by HTTP: read-only, GET and HEAD, one request per connection,
/// four at once. On a loopback address, requests must name an IP address or localhost as their
/// host, so that a web page elsewhere cannot reach it through a browser (DNS rebinding).
/// Threads of its own; nothing it does can slow mail.
class HttpServer {
public:
    /// Listens and serves until destroyed. Error: what to tell the operator.
    static Result<std::unique_ptr<HttpServer>, std::string> start(const HttpServerOptions& options,
                                                                  MonitoringPorts ports);
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;
    /// Closes the port, cuts connections, waits for the threads.
    ~HttpServer();

    [[nodiscard]] std::uint16_t port() const;

private:
    struct Parts;
    explicit HttpServer(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace postrider::monitoring
