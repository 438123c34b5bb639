#include "server/directory/sql_query.h"

#include "common/base/text.h"

namespace postrider::directory {

Result<SqlQuery, std::string> SqlQuery::parse(std::string_view text, SqlConnector connector) {
    if (!text::startsWithIgnoreCase(text, "SELECT ") &&
        !text::startsWithIgnoreCase(text, "WITH ")) {
        return Unexpected{std::string{"expected a query that begins with SELECT"}};
    }
    std::string query;
    std::size_t parameters = 0;
    char quote = '\0';
    for (const char c : text) {
        if (quote != '\0') {
            if (c == quote) quote = '\0';
        } else if (c == '\'' || c == '"' || c == '`') {
            quote = c;
        } else if (c == '?') {
            ++parameters;
            // PostgreSQL numbers its parameters
            if (connector == SqlConnector::Postgresql) {
                query += "$" + std::to_string(parameters);
                continue;
            }
        }
        query += c;
    }
    if (quote != '\0')
        return Unexpected{"expected an end of what " + std::string{quote} + " begins"};
    if (parameters == 0) {
        return Unexpected{std::string{"expected a ? where the address is compared"}};
    }
    return SqlQuery{std::move(query), parameters};
}

}  // namespace postrider::directory
