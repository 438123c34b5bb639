#pragma once

#include "common/base/result.h"
#include "common/mail/reply.h"
#include "common/mail/verdict.h"
#include "plugins/hooks/milter/packet.h"

#include <string>
#include <variant>

namespace postrider::hooks::milter {

/// What a milter says; what it wants changed is a mail::Edit.
struct Continue {};
struct Accept {};  ///< no more questions about this message, or this session
struct Reject {};
struct TempFail {};
struct DiscardMessage {};
struct CustomReply {
    mail::Reply reply;  ///< a 4yz or 5yz
};
struct Shutdown {};  ///< 421, and the session ends
struct Skip {};      ///< no more of the body
struct Progress {};  ///< it is still at work
using Answer = std::variant<Continue, Accept, Reject, TempFail, DiscardMessage, CustomReply,
                            Shutdown, Skip, Progress, mail::Edit>;

/// Whether the values of fields begin with the space behind the colon.
enum class LeadingSpace { Stripped, Kept };

/// What a packet means, or why it means nothing. Pure: octets in, value out.
///
/// A field is counted from 0 where a milter counts from 1; one that is changed to nothing is
/// removed, one that is added goes below all others. A place among the fields counts our own
/// Received field, which is not there yet, as the first: 0 and 1 are both above everything. Lines
/// of a value end in CRLF.
[[nodiscard]] Result<Answer, std::string> parseAnswer(const Packet& packet, LeadingSpace space);

}  // namespace postrider::hooks::milter
