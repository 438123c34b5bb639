#include "server/config/properties.h"

#include "common/base/text.h"
#include "common/base/text_file.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>
#include <optional>
#include <utility>

namespace postrider::config {

namespace {

constexpr std::string_view byteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t shownLimit = 60;

bool isKey(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return text::isAlnum(c) || c == '.' || c == '_' || c == '-';
    });
}

bool hasControlBesideTab(std::string_view line) {
    return std::any_of(line.begin(), line.end(),
                       [](char c) { return text::isControl(c) && c != '\t'; });
}

bool hasTrailingComment(std::string_view value) {
    return value.starts_with('#') || value.find(" #") != std::string_view::npos ||
           value.find("\t#") != std::string_view::npos;
}

/// Why this value cannot be meant so.
std::optional<std::string> refuse(std::string_view value) {
    if (hasTrailingComment(value)) {
        return "a comment stands on a line of its own; '#' here would be part of the value";
    }
    if (value.ends_with('\\')) return "a line cannot be continued on the next one with '\\'";
    return std::nullopt;
}

struct Entry {
    std::string_view key;
    std::string_view value;
};

/// A line that is neither empty nor a comment, or why it is nothing.
Result<Entry, std::string> parseLine(std::string_view line) {
    if (hasControlBesideTab(line)) return Unexpected{std::string{"holds a control character"}};
    if (!text::isUtf8(line)) return Unexpected{std::string{"is not UTF-8"}};
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) {
        return Unexpected{"'" + text::printable(line, shownLimit) + "' is not 'key = value'"};
    }
    const auto key = text::trim(line.substr(0, equals));
    if (!isKey(key)) {
        return Unexpected{"'" + text::printable(key, shownLimit) +
                          "' is not a key: letters, digits, '.', '_' and '-'"};
    }
    const auto value = text::trim(line.substr(equals + 1));
    if (const auto reason = refuse(value)) return Unexpected{std::string{key} + ": " + *reason};
    return Entry{key, value};
}

/// Which key a line that is none was meant for: what it begins with.
std::string likelyKey(std::string_view line) {
    return std::string{line.substr(0, line.find_first_of(" \t=:"))};
}

/// The number of the line that a sentence is about; a very high one when it is about none.
std::size_t lineOf(const std::string& sentence, std::string_view name) {
    std::size_t line = 0;
    const bool ours = sentence.starts_with(name) && sentence.substr(name.size()).starts_with(':');
    if (ours) {
        const char* digits = sentence.data() + name.size() + 1;
        std::from_chars(digits, sentence.data() + sentence.size(), line);
    }
    return line == 0 ? std::numeric_limits<std::size_t>::max() : line;
}

}  // namespace

PropertiesReading readProperties(std::string_view text, std::string_view name) {
    PropertiesReading reading;
    std::map<std::string_view, std::size_t> seen;
    std::size_t number = 0;
    if (text.starts_with(byteOrderMark)) {
        reading.problems.push_back(std::string{name} + ":1: begins with a byte order mark");
        text.remove_prefix(byteOrderMark.size());
    }
    for (const auto whole : linesOf(text)) {
        const std::string origin = std::string{name} + ":" + std::to_string(++number);
        const auto line = text::trim(whole);
        if (line.empty() || line.starts_with('#')) continue;
        const auto entry = parseLine(line);
        if (!entry) {
            reading.problems.push_back(origin + ": " + entry.error());
            reading.doubtful.insert(likelyKey(line));
            continue;
        }
        const auto [first, isNew] = seen.emplace(entry->key, number);
        if (!isNew) {
            reading.problems.push_back(origin + ": " + std::string{entry->key} +
                                       ": stands in line " + std::to_string(first->second) +
                                       " already");
            reading.doubtful.emplace(entry->key);
            continue;
        }
        reading.properties.push_back({std::string{entry->key}, std::string{entry->value}, origin});
    }
    return reading;
}

Result<std::vector<Property>, ConfigProblems> parseProperties(std::string_view text,
                                                              std::string_view name) {
    auto reading = readProperties(text, name);
    if (!reading.problems.empty()) return Unexpected{ConfigProblems{std::move(reading.problems)}};
    return std::move(reading.properties);
}

void sortByLine(std::vector<std::string>& problems, std::string_view name) {
    std::stable_sort(problems.begin(), problems.end(),
                     [name](const std::string& a, const std::string& b) {
                         return lineOf(a, name) < lineOf(b, name);
                     });
}

}  // namespace postrider::config
