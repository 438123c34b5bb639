#pragma once

#include "common/base/deadline.h"
#include "common/base/result.h"
#include "common/net/line_channel.h"
#include "plugins/hooks/milter/packet.h"
#include "plugins/hooks/milter/protocol.h"

#include <memory>
#include <string>
#include <string_view>

namespace postrider::hooks::milter {

/// Packets over a connection. What is sent may wait until something is to be received. After an
/// error the connection is of no use any more. One thread.
class PacketChannel {
public:
    explicit PacketChannel(std::unique_ptr<net::LineChannel> channel)
        : channel_(std::move(channel)) {}

    void setDeadline(Deadline deadline) { channel_->setDeadline(deadline); }
    Result<Done, std::string> send(Command command, std::string_view data);
    /// At most longestPacket octets.
    Result<Packet, std::string> receive();
    /// The other side has hung up; waits for nothing.
    [[nodiscard]] bool peerHasLeft() const { return channel_->peerHasLeft(); }
    /// Sends what has not been sent yet.
    void flush() { static_cast<void>(channel_->flush()); }

private:
    Result<std::string, std::string> take(std::size_t octets);
    Unexpected<std::string> failure(net::ChannelError error) const;

    std::unique_ptr<net::LineChannel> channel_;
};

}  // namespace postrider::hooks::milter
