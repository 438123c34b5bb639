#pragma once

#include "common/base/log.h"
#include "common/base/metrics.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::monitoring {

/// One condition of being healthy. `problem` returns an empty text when all is well, else the
/// reason in a few words; it must answer at once. One that throws is a problem too.
struct HealthCheck {
    std::string name;
    std::function<std::string()> problem;
};

/// One recipient that is not settled, as the page /queue shows it. Times are ISO 8601, UTC.
struct QueueRow {
    std::string queueId;
    std::string receivedAt;
    std::uint64_t size = 0;  ///< octets
    std::string from;        ///< empty: the null reverse-path
    std::string to;
    std::string state;  ///< pending or held
    std::string destination;
    std::uint64_t attempts = 0;
    std::string nextAttemptAt;
    std::string lastDiagnostic;
};

/// One open session, as the page /sessions shows it.
struct SessionRow {
    std::string id;
    std::string client;
    std::string listener;
    std::string since;  ///< ISO 8601, UTC
    std::string tls;
    std::string user;
    std::string doing;
};

/// A number for the dashboard.
struct KeyFigure {
    std::string label;
    std::string value;
};

/// What monitoring asks of the world. Functions are called by several threads at once and may
/// throw: the page then answers 500. An empty function means that the page does not exist.
/// References are lent and outlive the HttpServer.
struct MonitoringPorts {
    const Metrics& metrics;
    Log& log;
    std::vector<HealthCheck> health;
    std::function<std::vector<KeyFigure>()> figures{};
    std::function<std::vector<QueueRow>(std::size_t limit)> queue{};       ///< oldest first
    std::function<std::vector<SessionRow>(std::size_t limit)> sessions{};  ///< oldest first
    /// The story of a queue id, session id, mailbox or IP address, as plain text.
    std::function<std::string(std::string_view subject)> explain{};
};

}  // namespace postrider::monitoring
