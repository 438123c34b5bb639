#pragma once

#include "common/base/result.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace postrider::directory {

enum class SqlConnector { Sqlite, Postgresql, Mysql };

/// `sql.user_query` or `sql.alias_query`, in the database's own spelling of parameters. Every `?`
/// outside of quotes stands for the address, which is bound, never pasted. Immutable.
class SqlQuery {
public:
    /// Error: "expected ...", for the configuration.
    static Result<SqlQuery, std::string> parse(std::string_view text, SqlConnector connector);

    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    [[nodiscard]] std::size_t parameters() const noexcept { return parameters_; }

private:
    SqlQuery(std::string text, std::size_t parameters)
        : text_(std::move(text)), parameters_(parameters) {}
    std::string text_;
    std::size_t parameters_;
};

}  // namespace postrider::directory
