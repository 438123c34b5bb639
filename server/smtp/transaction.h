#pragma once

#include "common/mail/envelope.h"
#include "common/mail/reply.h"

#include <cstdint>
#include <optional>
#include <utility>

namespace postrider::smtp {

/// From MAIL to the end of data: what has been said so far (RFC 5321 section 3.3). One thread.
class Transaction {
public:
    void begin(mail::ReversePath path, mail::MailParameters parameters) {
        clear();
        open_ = true;
        envelope_.reversePath = std::move(path);
        envelope_.parameters = std::move(parameters);
    }
    void add(mail::ForwardPath path, mail::RcptParameters parameters) {
        envelope_.recipients.push_back({std::move(path), std::move(parameters)});
    }
    /// The client goes on as if nothing had happened; the message goes nowhere.
    void discard() { discarded_ = true; }
    /// So many octets of content are on their way by BDAT (RFC 3030 section 2).
    void addChunk(std::uint64_t size) {
        chunked_ = true;
        received_ += size;
    }
    /// A chunk was refused, and with it the transaction. Chunks of it that were sent before the
    /// client could know hear the same.
    void refuseChunks(mail::Reply refusal) {
        clear();
        refusal_ = std::move(refusal);
    }
    void clear() { *this = Transaction{}; }

    [[nodiscard]] bool isOpen() const noexcept { return open_; }
    [[nodiscard]] bool isDiscarded() const noexcept { return discarded_; }
    [[nodiscard]] bool isChunked() const noexcept { return chunked_; }
    /// Octets that came by BDAT so far.
    [[nodiscard]] std::uint64_t received() const noexcept { return received_; }
    [[nodiscard]] const std::optional<mail::Reply>& refusal() const noexcept { return refusal_; }
    [[nodiscard]] bool isBinary() const noexcept {
        return envelope_.parameters.body == mail::BodyType::BinaryMime;
    }
    [[nodiscard]] bool smtputf8() const noexcept { return envelope_.parameters.smtputf8; }
    [[nodiscard]] const mail::Envelope& envelope() const noexcept { return envelope_; }

private:
    bool open_ = false;
    bool discarded_ = false;
    bool chunked_ = false;
    std::uint64_t received_ = 0;
    std::optional<mail::Reply> refusal_;
    mail::Envelope envelope_;
};

}  // namespace postrider::smtp
