#pragma once

#include "common/base/deadline.h"
#include "common/base/result.h"
#include "common/mail/content.h"
#include "common/net/line_channel.h"
#include "server/net/content_store.h"
#include "server/queue/spool.h"
#include "server/smtp/content_fault.h"
#include "server/smtp/data_decoder.h"

#include <chrono>
#include <cstdint>
#include <variant>

namespace postrider::net {

/// Takes in the content of one message sent with DATA: from the channel through the decoder into
/// the spool, in bounded memory.
///
/// After a fault that leaves the stream intact (too big, no room) it goes on reading and drops what
/// comes, up to the end mark, so that the dialogue can go on. One thread, one message.
class ContentIntake {
public:
    /// All lent. `limit`: octets of decoded content.
    ContentIntake(LineChannel& channel, queue::SpoolWriter& writer, std::uint64_t limit)
        : channel_(channel), store_(writer, limit) {}

    /// The content or why it was refused; or the end of the dialogue.
    using Outcome = std::variant<Result<mail::MessageContent, smtp::ContentFault>, ChannelError>;
    /// Each piece must come within `patience`, all of them before `end`.
    Outcome run(std::chrono::milliseconds patience, Deadline end);

private:
    LineChannel& channel_;
    ContentStore store_;
    smtp::DataDecoder decoder_;
};

}  // namespace postrider::net
