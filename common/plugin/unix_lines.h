#pragma once

#include "common/mail/content.h"

#include <array>
#include <memory>
#include <string>

namespace postrider::plugin {
inline namespace v1 {

/// Reads content as local programs want it: with LF line ends. Only CRLF is changed; a CR or LF
/// that stands alone is passed on. One thread.
class UnixLines final : public mail::ContentReader {
public:
    explicit UnixLines(std::unique_ptr<mail::ContentReader> source) : source_(std::move(source)) {}

    /// Throws what the source throws.
    std::size_t read(std::span<char> buffer) override;

private:
    void refill();

    std::unique_ptr<mail::ContentReader> source_;
    std::array<char, 16384> input_{};
    std::string ready_;      ///< converted, not yet read
    std::size_t taken_ = 0;  ///< of ready_
    bool heldCr_ = false;    ///< the last piece ended in CR
    bool ended_ = false;
};

}  // namespace v1
}  // namespace postrider::plugin
