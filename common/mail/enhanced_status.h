#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace postrider::mail {

/// class.subject.detail (RFC 3463): 2, 4 or 5; 0-999; 0-999.
struct EnhancedStatus {
    int klass = 0;
    int subject = 0;
    int detail = 0;

    /// "5.1.1" at the start of `text`, followed by a space or the end.
    static std::optional<EnhancedStatus> parse(std::string_view text);
    [[nodiscard]] std::string toString() const;
    friend constexpr auto operator<=>(const EnhancedStatus&, const EnhancedStatus&) = default;
};

}  // namespace postrider::mail
