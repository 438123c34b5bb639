#pragma once

#include "common/base/file_descriptor.h"
#include "common/mail/session_facts.h"
#include "server/config/config.h"
#include "server/net/listening_socket.h"

#include <string>
#include <vector>

namespace postrider::app {

/// A port that is ours, and what is spoken on it.
struct BoundPort {
    mail::ListenerKind kind = mail::ListenerKind::Smtp;
    net::ListeningSocket socket;
};

/// All ports of the server.
struct BoundPorts {
    std::vector<BoundPort> mail;
    FileDescriptor monitoring;  ///< only when it was taken over from systemd
};

/// Binds everything that listen.* names for mail, or takes it over from systemd: every socket with
/// the listener's name (FileDescriptorName=), for monitoring one. Adds a sentence to `problems` for
/// each address that cannot be had, and for each socket that nobody asked for, whose clients would
/// wait for ever.
[[nodiscard]] BoundPorts bindPorts(const config::Config& config,
                                   std::vector<std::string>& problems);

}  // namespace postrider::app
