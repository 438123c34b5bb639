#pragma once

#include "common/base/result.h"
#include "server/config/problems.h"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::config {

/// One `key = value` of a file.
struct Property {
    std::string key;
    std::string value;   ///< without spaces at both ends; may be empty
    std::string origin;  ///< "postrider.properties:12"
};

/// What a file says as far as it could be understood.
struct PropertiesReading {
    std::vector<Property> properties;   ///< of the good lines
    std::vector<std::string> problems;  ///< a sentence for each other line
    std::set<std::string> doubtful;     ///< keys that problems are about: what they say is unknown
};

/// Reads the syntax of our `.properties` files, strictly: a line that means nothing is a problem,
/// never skipped.
///
/// - A line is `key = value`, empty, or a comment: its first character that is no blank is `#`.
/// - A key is made of letters, digits, `.`, `_` and `-`, and stands once in a file.
/// - The value is the rest of the line without blanks at both ends. It may be empty. A backslash is
///   an ordinary character, except that no value may end in one: lines are not continued.
/// - There are no comments behind a value: ` #` in one, or `#` at its beginning, is a problem.
/// - UTF-8 without control characters (a tab is a blank), LF or CRLF, no byte order mark.
///
/// `name` stands in front of every sentence and origin.
[[nodiscard]] PropertiesReading readProperties(std::string_view text, std::string_view name);

/// The same for who has no use for half a file.
Result<std::vector<Property>, ConfigProblems> parseProperties(std::string_view text,
                                                              std::string_view name);

/// Puts the sentences of one file into the order of the lines that they are about; those about no
/// line come last.
void sortByLine(std::vector<std::string>& problems, std::string_view name);

}  // namespace postrider::config
