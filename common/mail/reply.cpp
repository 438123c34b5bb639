#include "common/mail/reply.h"

#include "common/base/text.h"

#include <algorithm>

namespace postrider::mail {

namespace {

/// RFC 5321 section 4.5.3.1.5, without the CRLF.
constexpr std::size_t wireLineLimit = 510;
constexpr std::size_t peerLineLimit = 2048;
constexpr std::size_t peerLineCount = 100;

std::string withoutControls(std::string_view text) {
    std::string out{text};
    std::replace_if(out.begin(), out.end(), text::isControl, '?');
    return out;
}

/// The code of a reply line that is 2yz to 5yz and followed by a space, a hyphen or nothing; else
/// 0.
int codeOf(std::string_view line) {
    if (line.size() < 3 ||
        !std::all_of(line.begin(), line.begin() + 3, [](char c) { return text::isDigit(c); })) {
        return 0;
    }
    if (line[0] < '2' || line[0] > '5') return 0;
    if (line.size() > 3 && line[3] != ' ' && line[3] != '-') return 0;
    return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

/// The status at the start of the text, if it fits the code (RFC 2034 section 4).
std::optional<EnhancedStatus> statusOf(std::string_view text, int code) {
    const auto status = EnhancedStatus::parse(text);
    return status && status->klass == code / 100 ? status : std::nullopt;
}

}  // namespace

std::string Reply::wire() const {
    const std::string number = std::to_string(code);
    const std::string prefix = status ? status->toString() + ' ' : "";
    std::string out;
    const auto add = [&](char separator, std::string_view text) {
        std::string line = number + separator + prefix;
        line += text::prefix(text, wireLineLimit - line.size());
        out += withoutControls(line);
        out += "\r\n";
    };
    for (std::size_t i = 0; i + 1 < lines.size(); ++i)
        add('-', lines[i]);
    add(' ', lines.empty() ? std::string_view{} : lines.back());
    return out;
}

std::string Reply::toString() const {
    std::string text = std::to_string(code);
    if (status) text += ' ' + status->toString();
    for (std::size_t i = 0; i < lines.size(); ++i) {
        text += i == 0 ? " " : " / ";
        text += withoutControls(lines[i]);
    }
    return text;
}

ReplyReader::Progress ReplyReader::add(std::string_view line) {
    const int code = codeOf(line);
    if (code == 0 || reply_.lines.size() == peerLineCount) return Progress::Malformed;
    const bool first = reply_.lines.empty();
    if (!first && code != reply_.code) return Progress::Malformed;

    const bool more = line.size() > 3 && line[3] == '-';
    std::string_view text = line.substr(std::min<std::size_t>(4, line.size()));
    const auto status = statusOf(text, code);
    if (first) {
        reply_.code = code;
        reply_.status = status;
    }
    if (status && status == reply_.status) {
        text.remove_prefix(status->toString().size());
        if (!text.empty()) text.remove_prefix(1);
    }
    reply_.lines.push_back(withoutControls(text::prefix(text, peerLineLimit)));
    return more ? Progress::More : Progress::Complete;
}

}  // namespace postrider::mail
