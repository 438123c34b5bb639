#pragma once

#include "common/mail/content.h"
#include "common/plugin/courier.h"
#include "common/plugin/unix_lines.h"

#include <span>

namespace postrider::plugin {
inline namespace v1 {

/// Reads a message as local programs and maildirs want it: a Return-Path and a Delivered-To field
/// in front (RFC 5321 section 4.4), and with LF line ends (UnixLines). Return-Path fields that came
/// with the message are left out: one of two would be believed, and nobody knows which. One thread.
class LocalForm final : public mail::ContentReader {
public:
    /// The content of `request` for one of its recipients; the request must stay. Throws
    /// std::system_error when the content's file cannot be opened.
    LocalForm(const DeliveryRequest& request, const DeliveryRecipient& recipient);

    /// Throws std::system_error when the content's file fails.
    std::size_t read(std::span<char> buffer) override;

private:
    UnixLines lines_;
};

}  // namespace v1
}  // namespace postrider::plugin
