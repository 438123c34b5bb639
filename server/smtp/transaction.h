#pragma once

#include "common/mail/envelope.h"

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
    void clear() { *this = Transaction{}; }

    [[nodiscard]] bool isOpen() const noexcept { return open_; }
    [[nodiscard]] bool isDiscarded() const noexcept { return discarded_; }
    [[nodiscard]] bool smtputf8() const noexcept { return envelope_.parameters.smtputf8; }
    [[nodiscard]] const mail::Envelope& envelope() const noexcept { return envelope_; }

private:
    bool open_ = false;
    bool discarded_ = false;
    mail::Envelope envelope_;
};

}  // namespace postrider::smtp
