#include "common/base/log.h"

#include "common/base/text.h"

#include <algorithm>

namespace postrider {

namespace {

constexpr std::size_t valueLimit = 4096;

bool isBare(char c) {
    return c > ' ' && c < 0x7f && c != '"' && c != '=' && c != '\\';
}

void appendQuoted(std::string& line, std::string_view value) {
    line += '"';
    for (const char c : value) {
        if (c == '"') line += '\\';  // never mistaken: a backslash of the value is \x5c by now
        line += c;
    }
    line += '"';
}

void appendValue(std::string& line, const std::string& value) {
    // nearly every value: nothing to escape, nothing to copy twice
    if (!value.empty() && value.size() <= valueLimit &&
        std::all_of(value.begin(), value.end(), isBare)) {
        line += value;
        return;
    }
    const std::string safe = text::printable(value, valueLimit);
    if (safe.empty() || safe.find_first_of(" \"=") != std::string::npos) {
        appendQuoted(line, safe);
    } else {
        line += safe;
    }
}

}  // namespace

std::string formatLogLine(std::string_view event, std::initializer_list<LogField> fields) {
    std::string line;
    line.reserve(256);
    line += event;
    for (const LogField& field : fields) {
        line += ' ';
        line += field.key;
        line += '=';
        appendValue(line, field.value);
    }
    return line;
}

}  // namespace postrider
