#pragma once

#include "server/monitoring/ports.h"

#include <string>
#include <string_view>

namespace postrider::monitoring {

/// What a path has to say.
struct Answer {
    int status = 200;
    std::string contentType;
    std::string body;
};

/// The paths of the monitoring server: / /healthz /metrics /queue /sessions /explain /style.css;
/// all others are 404. Knows nothing of sockets. Immutable; used by many threads at once.
class Site {
public:
    explicit Site(MonitoringPorts ports) : ports_(std::move(ports)) {}

    /// `target` as in the request line: path and perhaps a query. Throws what a port throws.
    [[nodiscard]] Answer answer(std::string_view target) const;

    /// A page about a request that gets no page.
    [[nodiscard]] static Answer problem(int status);

private:
    [[nodiscard]] Answer dashboard() const;
    [[nodiscard]] Answer healthz() const;
    [[nodiscard]] Answer explain(std::string_view query) const;

    MonitoringPorts ports_;
};

}  // namespace postrider::monitoring
