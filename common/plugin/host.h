#pragma once

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/base/random.h"
#include "common/dns/resolver.h"
#include "common/net/tls_client.h"
#include "common/plugin/notices.h"

#include <filesystem>
#include <string>

namespace postrider::plugin {
inline namespace v1 {

/// What the server lends to its plugins; all of it thread-safe and alive longer than any instance.
struct Host {
    std::string hostname;             ///< ours, for EHLO
    std::filesystem::path configDir;  ///< where relative paths of settings begin
    std::filesystem::path dataDir;    ///< a plugin that keeps state has a file of its own there
    Log& log;
    Clock& clock;
    Random& random;
    Metrics& metrics;
    dns::Resolver& resolver;
    net::TlsClient& tls;
    Notices& notices;
};

}  // namespace v1
}  // namespace postrider::plugin
