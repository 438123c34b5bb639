#include "plugins/hooks/exec/program_answer.h"

#include "common/base/text.h"
#include "common/mail/header.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::hooks {

namespace {

constexpr int refusedForGood = 20;
constexpr std::size_t mostFields = 100;
constexpr std::size_t longestName = 76;
constexpr std::size_t longestText = 400;  ///< a reply is one line of at most 512 octets

/// Throws for what the program printed instead of a header field.
[[noreturn]] void complain(std::string_view what, std::string_view line) {
    throw std::runtime_error("the program printed " + std::string{what} + ": \"" +
                             text::printable(line, 200) + '"');
}

/// RFC 5322 section 2.2: printable ASCII without colon.
bool isFieldName(std::string_view name) {
    return !name.empty() && name.size() <= longestName &&
           std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

bool isFieldText(std::string_view value) {
    return text::isUtf8(value) && std::none_of(value.begin(), value.end(), [](char c) {
               return text::isControl(c) && c != '\t';
           });
}

/// Header fields, one by one.
class Fields {
public:
    void take(std::string_view line) {
        if (!isFieldText(line)) complain("what is no text", line);
        if (line.empty()) complain("an empty line", line);
        if (line.front() == ' ' || line.front() == '\t') {
            if (fields_.empty()) complain("a continuation of nothing", line);
            fields_.back().value.append(" ").append(text::trim(line));
            return;
        }
        const auto colon = line.find(':');
        if (colon == std::string_view::npos || !isFieldName(line.substr(0, colon))) {
            complain("what is no header field", line);
        }
        if (fields_.size() == mostFields) complain("too many header fields", line);
        fields_.push_back(
            {std::string{line.substr(0, colon)}, std::string{text::trim(line.substr(colon + 1))}});
    }

    /// Each edit puts its field on top of those before it.
    [[nodiscard]] std::vector<mail::Edit> asEdits() const {
        return {fields_.rbegin(), fields_.rend()};
    }

private:
    std::vector<mail::PrependHeader> fields_;
};

/// The lines that are whole; CRLF is taken for LF.
std::vector<std::string_view> linesOf(std::string_view output) {
    auto lines = text::split(output, '\n');
    lines.pop_back();  // behind the last LF: nothing, or a line that was cut
    for (auto& line : lines) {
        if (line.ends_with('\r')) line.remove_suffix(1);
    }
    return lines;
}

mail::MessageVerdict accepted(std::string_view output) {
    if (!output.empty() && !output.ends_with('\n')) {
        complain("a line without an end", output.substr(output.rfind('\n') + 1));
    }
    Fields fields;
    for (const auto line : linesOf(output))
        fields.take(line);
    return {mail::Proceed{}, fields.asEdits()};
}

/// The last line that has something to say, or `fallback`.
std::string lastLine(std::string_view output, std::string_view fallback) {
    const auto lines = linesOf(output);
    const auto last = std::find_if(lines.rbegin(), lines.rend(),
                                   [](auto line) { return !text::trim(line).empty(); });
    return text::printable(last == lines.rend() ? fallback : text::trim(*last), longestText);
}

mail::MessageVerdict refused(const SubprocessResult& result) {
    const bool forGood = result.exitCode == refusedForGood;
    const auto status = forGood ? mail::EnhancedStatus{5, 7, 1} : mail::EnhancedStatus{4, 7, 1};
    const std::string text = lastLine(
        result.output, forGood ? "Refused by local policy" : "Not now, please try again later");
    std::string reason = "exit status " + std::to_string(result.exitCode) + ", it said: " + text;
    return {mail::Refuse{mail::Reply{forGood ? 554 : 451, status, text}, std::move(reason)}, {}};
}

}  // namespace

mail::MessageVerdict answerOf(const SubprocessResult& result, std::size_t outputLimit) {
    if (result.timedOut) throw std::runtime_error("the program took too long");
    if (result.signal != 0) {
        throw std::runtime_error("the program was ended by signal " +
                                 std::to_string(result.signal));
    }
    if (result.exitCode != 0) return refused(result);
    if (result.output.size() + result.errorOutput.size() >= outputLimit) {
        complain("too much", result.output);
    }
    return accepted(result.output);
}

}  // namespace postrider::hooks
