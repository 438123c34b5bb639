#pragma once

#include "common/base/deadline.h"
#include "common/base/result.h"
#include "common/mail/content.h"
#include "common/net/line_channel.h"
#include "server/net/content_store.h"
#include "server/queue/spool.h"
#include "server/smtp/chunk_checker.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>

namespace postrider::net {

/// Takes in the content of one message that comes in chunks (BDAT, RFC 3030): from the channel past
/// the checker into the spool, in bounded memory however many chunks there are.
///
/// Lives from the first chunk to the last; destroyed before that, it leaves nothing in the spool.
/// One thread, one message.
class ChunkIntake {
public:
    /// How long a client may take.
    struct Patience {
        std::chrono::milliseconds forPiece;
        Deadline forAll;
    };

    /// The channel is lent. `limit`: octets of content.
    ChunkIntake(LineChannel& channel, std::unique_ptr<queue::SpoolWriter> writer,
                std::uint64_t limit, smtp::ContentKind kind)
        : channel_(channel), writer_(std::move(writer)), store_(*writer_, limit), checker_(kind) {}

    /// Exactly `size` octets leave the channel, whatever is wrong with them; an error is the end of
    /// the dialogue.
    Result<Done, ChannelError> read(std::uint64_t size, Patience patience);
    /// The same, and nothing is kept of them.
    static Result<Done, ChannelError> skip(LineChannel& channel, std::uint64_t size,
                                           Patience patience);

    /// Whether all is well up to here.
    [[nodiscard]] Result<Done, smtp::ContentFault> soFar() const;
    /// After the last chunk.
    Result<mail::MessageContent, smtp::ContentFault> finish();
    /// The message was accepted: its file is the queue's now.
    void release() noexcept { writer_->release(); }

private:
    void take(std::string_view octets);

    LineChannel& channel_;
    std::unique_ptr<queue::SpoolWriter> writer_;
    ContentStore store_;
    smtp::ChunkChecker checker_;
};

}  // namespace postrider::net
