#pragma once

#include "common/mail/content.h"
#include "common/mail/parameters.h"
#include "server/dsn/report_text.h"

#include <cstddef>
#include <string>

namespace postrider::dsn {

/// Octets of the message that go back at most: a report is never much bigger than its cause.
inline constexpr std::size_t maxReturned = std::size_t{64} * 1024;

struct ReturnedContent {
    Returned what = Returned::Nothing;
    std::string octets;  ///< CRLF lines
};

/// Whether a report tells of a failure; only then may the whole message go back.
enum class Tells { OfFailure, OfNone };

/// The whole message when a failure is told of, it is small, RET does not say HDRS (RFC 3461
/// section 4.3) and it was not under REQUIRETLS, which counts as HDRS (RFC 8689 section 5); else
/// its header, cut at a line end where it is too long. Nothing when it cannot be read: the report
/// matters more.
[[nodiscard]] ReturnedContent contentToReturn(const mail::MessageContent& content,
                                              const mail::MailParameters& parameters, Tells tells);

}  // namespace postrider::dsn
