#include "plugins/hooks/milter/packet_channel.h"

#include <algorithm>

namespace postrider::hooks::milter {

Result<Done, std::string> PacketChannel::send(Command command, std::string_view data) {
    const auto written = channel_->write(compose(static_cast<char>(command), data));
    if (!written) return failure(written.error());
    return Done{};
}

Result<Packet, std::string> PacketChannel::receive() {
    const auto head = take(4);
    if (!head) return Unexpected{head.error()};
    const auto size = PacketData{*head}.takeNumber().value_or(0);
    if (size == 0 || size > longestPacket) {
        return Unexpected{"a packet of " + std::to_string(size) + " octets"};
    }
    auto octets = take(size);
    if (!octets) return Unexpected{octets.error()};
    return Packet{octets->front(), octets->substr(1)};
}

Result<std::string, std::string> PacketChannel::take(std::size_t octets) {
    std::string taken;
    while (taken.size() < octets) {
        const auto piece = channel_->peek();
        if (!piece) return failure(piece.error());
        const auto part = piece->substr(0, std::min(piece->size(), octets - taken.size()));
        taken += part;
        channel_->consume(part.size());
    }
    return taken;
}

Unexpected<std::string> PacketChannel::failure(net::ChannelError error) const {
    if (error == net::ChannelError::Failed) return {channel_->lastError()};
    return {std::string{net::describe(error)}};
}

}  // namespace postrider::hooks::milter
