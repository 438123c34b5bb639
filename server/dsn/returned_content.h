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

/// The whole message when it is small and RET does not say HDRS; else its header, cut at a line end
/// where it is too long (RFC 3461 section 4.3). Nothing when it cannot be read: the report matters
/// more.
[[nodiscard]] ReturnedContent contentToReturn(const mail::MessageContent& content,
                                              const mail::MailParameters& parameters);

}  // namespace postrider::dsn
