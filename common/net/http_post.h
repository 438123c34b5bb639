#pragma once

#include "common/base/result.h"
#include "common/mail/content.h"
#include "common/net/line_channel.h"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace postrider::net {

/// What is posted; the body is read piece by piece.
struct HttpPost {
    std::string host;    ///< as the Host field has it
    std::string target;  ///< begins with a slash
    /// Further fields; controls in values are left out.
    std::vector<std::pair<std::string, std::string>> fields;
    const mail::MessageContent& body;
};

struct HttpAnswer {
    unsigned status = 0;
    std::string body;
};

/// One POST over a connection that is for this alone, in HTTP/1.0 (RFC 1945): the answer is plain
/// and ends with its length or the connection. Ends at the channel's deadline.
///
/// Says why there is no answer: also when its body is longer than `limit`. Throws std::system_error
/// when the body's file fails.
[[nodiscard]] Result<HttpAnswer, std::string> post(LineChannel& channel, const HttpPost& request,
                                                   std::size_t limit);

}  // namespace postrider::net
