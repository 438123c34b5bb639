#include "common/plugin/unix_lines.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace postrider::plugin {
inline namespace v1 {

std::size_t UnixLines::read(std::span<char> buffer) {
    std::size_t filled = 0;
    while (filled < buffer.size()) {
        if (taken_ == ready_.size() && !ended_) refill();
        const std::size_t count = std::min(buffer.size() - filled, ready_.size() - taken_);
        if (count == 0) break;
        std::memcpy(buffer.data() + filled, ready_.data() + taken_, count);
        taken_ += count;
        filled += count;
    }
    return filled;
}

void UnixLines::refill() {
    ready_.clear();
    taken_ = 0;
    // A piece may convert to nothing (a lone CR that is held back): go on until there is something,
    // or the end.
    while (ready_.empty() && !ended_) {
        const std::size_t count = source_->read(input_);
        ended_ = count == 0;
        for (const char c : std::string_view{input_.data(), count}) {
            if (heldCr_ && c != '\n') ready_.push_back('\r');
            heldCr_ = c == '\r';
            if (!heldCr_) ready_.push_back(c);
        }
        if (ended_ && heldCr_) ready_.push_back('\r');
    }
}

}  // namespace v1
}  // namespace postrider::plugin
