#pragma once

#include "common/mail/session_facts.h"
#include "server/config/config.h"
#include "server/net/listening_socket.h"

#include <vector>

namespace postrider::app {

/// A port that is ours, and what is spoken on it.
struct BoundPort {
    mail::ListenerKind kind = mail::ListenerKind::Smtp;
    net::ListeningSocket socket;
};

/// Binds everything that listen.* names, or takes it over from systemd. Throws ConfigurationRefused
/// with a sentence for each address that cannot be had.
[[nodiscard]] std::vector<BoundPort> bindPorts(const config::Config& config);

}  // namespace postrider::app
