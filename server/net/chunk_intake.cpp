#include "server/net/chunk_intake.h"

#include <algorithm>

namespace postrider::net {

namespace {

using smtp::ContentFault;

/// Hands `size` octets of the channel to `taker`, piece by piece as they come.
template <class Taker>
Result<Done, ChannelError> readExactly(LineChannel& channel, std::uint64_t size,
                                       const ChunkIntake::Patience& patience, const Taker& taker) {
    while (size > 0) {
        channel.setDeadline(patience.forAll.orSooner(Deadline::after(patience.forPiece)));
        const auto piece = channel.peek();
        if (!piece) return Unexpected{piece.error()};
        const auto ours = piece->substr(0, std::min<std::uint64_t>(size, piece->size()));
        taker(ours);
        size -= ours.size();
        channel.consume(ours.size());
    }
    return Done{};
}

}  // namespace

Result<Done, ChannelError> ChunkIntake::read(std::uint64_t size, Patience patience) {
    return readExactly(channel_, size, patience, [this](auto octets) { take(octets); });
}

Result<Done, ChannelError> ChunkIntake::skip(LineChannel& channel, std::uint64_t size,
                                             Patience patience) {
    return readExactly(channel, size, patience, [](auto) {});
}

void ChunkIntake::take(std::string_view octets) {
    if (store_.fault()) return;
    if (checker_.take(octets)) {
        store_.add(octets);
    } else {
        store_.fail(ContentFault::BareLineEnd);
    }
}

Result<Done, ContentFault> ChunkIntake::soFar() const {
    if (store_.fault()) return Unexpected{*store_.fault()};
    return Done{};
}

Result<mail::MessageContent, ContentFault> ChunkIntake::finish() {
    if (const auto end = checker_.missingEnd()) {
        store_.add(*end);
    } else {
        store_.fail(ContentFault::BareLineEnd);
    }
    return store_.finish();
}

}  // namespace postrider::net
