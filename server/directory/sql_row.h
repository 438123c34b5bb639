#pragma once

#include "common/base/text.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::directory {

/// One column of a row.
struct SqlValue {
    std::string column;
    std::optional<std::string> text;  ///< without blanks around it; nothing for NULL
};

/// What a database said in one row: every value as text, in the order of the query.
struct SqlRow {
    std::vector<SqlValue> values;

    /// Nothing when there is no such column, or NULL in it. Databases spell names as they like.
    [[nodiscard]] std::optional<std::string> find(std::string_view column) const {
        const auto found =
            std::find_if(values.begin(), values.end(), [column](const SqlValue& value) {
                return text::equalsIgnoreCase(value.column, column);
            });
        return found == values.end() ? std::nullopt : found->text;
    }
};

}  // namespace postrider::directory
