#pragma once

#include "common/mail/content.h"
#include "common/plugin/courier.h"

#include <array>
#include <memory>
#include <string>
#include <string_view>

namespace postrider::plugin {
inline namespace v1 {

/// Reads a message as local programs and maildirs want it: a Return-Path and a Delivered-To field
/// in front (RFC 5321 section 4.4), LF line ends. Return-Path fields that came with the message are
/// left out: one of two would be believed, and nobody knows which. Only CRLF is changed; a CR or LF
/// that stands alone is passed on. One thread.
class LocalForm final : public mail::ContentReader {
public:
    /// The content of `request` for one of its recipients; the request must stay. Throws
    /// std::system_error when the content's file cannot be opened.
    LocalForm(const DeliveryRequest& request, const DeliveryRecipient& recipient);

    /// Throws std::system_error when the content's file fails.
    std::size_t read(std::span<char> buffer) override;

private:
    void refill();
    void skip(std::size_t octets);
    void convert(std::string_view piece);

    std::unique_ptr<mail::ContentReader> source_;
    std::array<char, 16384> input_{};
    std::string ready_;      ///< converted, not yet read
    std::size_t taken_ = 0;  ///< of ready_
    bool heldCr_ = false;    ///< the last piece ended in CR
    bool ended_ = false;
};

}  // namespace v1
}  // namespace postrider::plugin
