#include "server/smtp/replies.h"
#include "server/smtp/session.h"

#include <utility>

/// The session's steps from DATA or BDAT to the end of the message.
namespace postrider::smtp {

namespace {

/// A smaller chunk costs as much as a command, and counts as one; with larger ones a message of any
/// size is nearer to its end.
constexpr std::uint64_t smallChunk = 512;

}  // namespace

Step Session::on(const command::Data&) {
    if (transaction_.isBinary()) return protocolError(replies::binaryNeedsBdat());
    return say(replies::startContent(), Next::ReadContent);
}

Step Session::on(const command::Bdat& bdat) {
    if (bdat.size > options_.maxMessageSize - transaction_.received()) {
        return refuseChunk(bdat, say(replies::tooBig()));
    }
    if (bdat.size >= smallChunk) --commands_;
    transaction_.addChunk(bdat.size);
    const auto kind = transaction_.isBinary() ? ContentKind::Binary : ContentKind::Text;
    return {.reply = std::nullopt, .next = Next::ReadChunk, .chunk = {bdat.size, bdat.last, kind}};
}

Step Session::on(const command::LostChunk&) {
    return say(replies::badChunkSize(), Next::Close);
}

Step Session::refuseChunk(const command::Bdat& bdat, Step refusal) {
    abandonTransaction();
    transaction_.refuseChunks(*refusal.reply);
    if (refusal.next == Next::Close) return refusal;
    // Its octets come in any case, and must not be taken for commands (RFC 3030 section 2).
    refusal.next = Next::SkipChunk;
    refusal.chunk = {.size = bdat.size, .last = bdat.last};
    return refusal;
}

Step Session::onChunk(Result<Done, ContentFault> chunk) {
    return chunk ? say(replies::chunkReceived()) : refuseContent(chunk.error());
}

Step Session::onContent(Result<mail::MessageContent, ContentFault> content) {
    if (!content) return refuseContent(content.error());
    // A user's own limit, which whoever took the content in does not know.
    if (content->size() > options_.maxMessageSize) return refuseContent(ContentFault::TooBig);
    auto step = hand(*std::move(content));
    if (step.queued) {
        transaction_.clear();  // the reception has told the hooks what became of it
    } else {
        abandonTransaction();
    }
    return step;
}

Step Session::refuseContent(ContentFault fault) {
    const bool chunked = transaction_.isChunked();
    const bool lost = fault == ContentFault::BareLineEnd && !chunked;
    auto step =
        lost ? say(replies::contentLost(), Next::Close) : say(replies::contentRefused(fault));
    abandonTransaction();
    if (chunked) transaction_.refuseChunks(*step.reply);
    return step;
}

Step Session::hand(mail::MessageContent content) {
    if (transaction_.isDiscarded()) return say(replies::discarded());
    const auto id = ports_.reception.accept(
        {facts_, transaction_.envelope(), std::move(content), ports_.gatekeeper});
    if (!id) return say(replies::refusal(id.error()));
    auto step = say(replies::queued(id->toString()));
    step.queued = *id;
    return step;
}

}  // namespace postrider::smtp
