#pragma once

#include "server/dsn/reported_recipient.h"
#include "server/dsn/safe_text.h"

#include <string>
#include <string_view>
#include <vector>

namespace postrider::dsn {

enum class Returned { Nothing, Header, Everything };

struct ReportTextFacts {
    std::string_view hostname;
    WallTime receivedAt;
    WallTime triedSince;
    WallTime expiresAt;
    WallTime now;
    Returned returned = Returned::Nothing;
    Charset charset = Charset::Ascii;
};

/// The part for people: who did not get the message or not yet, why, what to do, and who got it.
/// CRLF lines of at most 78 octets where words allow it. Names at most 50 recipients of each kind:
/// all are in the part for machines.
[[nodiscard]] std::string composeReportText(const std::vector<ReportedRecipient>& recipients,
                                            const ReportTextFacts& facts);

}  // namespace postrider::dsn
