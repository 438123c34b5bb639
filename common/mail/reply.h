#pragma once

#include "common/mail/enhanced_status.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::mail {

/// What an SMTP server says: a code, perhaps an enhanced status, one line of text or more
/// (RFC 5321 section 4.2, RFC 2034). Used for our own replies and for those of peers.
struct Reply {
    int code = 0;
    std::optional<EnhancedStatus> status;
    std::vector<std::string> lines;  ///< text only, without code and status; at least one

    Reply() = default;
    Reply(int replyCode, std::optional<EnhancedStatus> enhanced, std::string text)
        : code(replyCode), status(enhanced), lines{std::move(text)} {}

    [[nodiscard]] bool isPositive() const noexcept { return code >= 200 && code < 400; }
    [[nodiscard]] bool isTransient() const noexcept { return code >= 400 && code < 500; }
    [[nodiscard]] bool isPermanent() const noexcept { return code >= 500 && code < 600; }

    /// CRLF-ended lines, each at most 512 octets (longer text is cut), status on each line,
    /// controls made `?`.
    [[nodiscard]] std::string wire() const;
    /// One line: "550 5.1.1 text / text"; for logs and DSNs.
    [[nodiscard]] std::string toString() const;
};

/// A reply of a peer, collected line by line. Bounded: 100 lines of 2048 octets.
class ReplyReader {
public:
    enum class Progress { More, Complete, Malformed };
    /// `line` without CRLF. After Complete take reply(). Differing codes, a missing code or too
    /// many lines: Malformed.
    Progress add(std::string_view line);
    [[nodiscard]] Reply reply() && { return std::move(reply_); }

private:
    Reply reply_;
};

}  // namespace postrider::mail
