#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace postrider::hooks {

/// So many in so long a time. Immutable value.
struct Rate {
    std::uint64_t count = 1;
    std::chrono::seconds time{1};

    /// "100/1h"; at most a million, at most 365 days. Nothing on anything else.
    static std::optional<Rate> parse(std::string_view text);
    friend bool operator==(const Rate&, const Rate&) = default;
};

}  // namespace postrider::hooks
