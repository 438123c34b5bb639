#pragma once

#include "common/base/clock.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace postrider::smtp {

/// What holds for every session of a listener. Immutable while a session uses it.
struct SessionOptions {
    std::string hostname;
    std::uint64_t maxMessageSize = 50ULL * 1024 * 1024;  ///< octets of decoded content
    std::size_t maxRecipients = 1000;                    ///< per transaction; 452 4.5.3 beyond
    unsigned maxErrors = 10;              ///< protocol errors (never unknown recipients) before 421
    unsigned maxCommands = 10'000;        ///< per session, before 421
    unsigned maxUnknownRecipients = 100;  ///< per session, before 421: address harvesting
    unsigned maxAuthFailures = 5;         ///< per session, before 421: password guessing
    bool tlsAvailable = true;             ///< a certificate is there
    bool requireTls = false;              ///< MAIL only inside TLS: 530 5.7.0 before
    bool refuseEarlyTalkers = false;      ///< 554 in place of the greeting when facts.spokeFirst
    /// Future message release on submission listeners (RFC 4865): how long a message may be held;
    /// 0: not offered.
    std::chrono::seconds maxHold{0};
    /// When this session began: the session has no clock, and counts maxHold from here.
    WallTime begin{};
};

}  // namespace postrider::smtp
