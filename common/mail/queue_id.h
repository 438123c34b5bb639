#pragma once

#include "common/base/clock.h"
#include "common/base/random.h"

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace postrider::mail {

/// Names one queued message: 14 characters of [0-9a-z], sortable by time of creation (8 for
/// milliseconds, 6 random). Also a safe file name. Immutable.
class QueueId {
public:
    static QueueId make(WallTime now, Random& random);
    static std::optional<QueueId> parse(std::string_view text);

    /// When it was made, to the millisecond.
    [[nodiscard]] WallTime createdAt() const;
    [[nodiscard]] const std::string& toString() const noexcept { return text_; }
    friend auto operator<=>(const QueueId&, const QueueId&) = default;

private:
    explicit QueueId(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

}  // namespace postrider::mail
