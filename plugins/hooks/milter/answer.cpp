#include "plugins/hooks/milter/answer.h"

#include "common/base/text.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

namespace postrider::hooks::milter {

namespace {

using Parsed = Result<Answer, std::string>;

Parsed malformed(char code, std::string_view what) {
    return Unexpected{std::string{"answer '"} + text::printable({&code, 1}) +
                      "': " + std::string{what}};
}

Parsed wish(mail::Edit edit) {
    return Answer{std::move(edit)};
}

/// Milters end the lines of a value with LF.
std::string valueOf(std::string_view text, LeadingSpace space) {
    if (space == LeadingSpace::Kept && text.starts_with(' ')) text.remove_prefix(1);
    std::string value;
    for (const char c : text) {
        if (c == '\n' && !value.ends_with('\r')) value += '\r';
        value += c;
    }
    return value;
}

Parsed parseAddField(const Packet& packet, LeadingSpace space) {
    PacketData data{packet.data};
    const auto name = data.takeText();
    const auto value = data.takeText();
    if (!name || !value || !data.atEnd()) return malformed(packet.code, "no name and value");
    constexpr std::size_t belowAll = std::numeric_limits<std::size_t>::max();
    return wish(mail::InsertHeader{belowAll, std::string{*name}, valueOf(*value, space)});
}

Parsed parseInsertField(const Packet& packet, LeadingSpace space) {
    PacketData data{packet.data};
    const auto place = data.takeNumber();
    const auto name = data.takeText();
    const auto value = data.takeText();
    if (!place || !name || !value || !data.atEnd()) {
        return malformed(packet.code, "no place, name and value");
    }
    std::string text = valueOf(*value, space);
    if (*place <= 1) return wish(mail::PrependHeader{std::string{*name}, std::move(text)});
    return wish(mail::InsertHeader{*place - 1, std::string{*name}, std::move(text)});
}

Parsed parseChangeField(const Packet& packet, LeadingSpace space) {
    PacketData data{packet.data};
    const auto index = data.takeNumber();
    const auto name = data.takeText();
    const auto value = data.takeText();
    if (!index || *index == 0 || !name || !value || !data.atEnd()) {
        return malformed(packet.code, "no index, name and value");
    }
    if (value->empty()) return wish(mail::RemoveHeader{std::string{*name}, *index - 1});
    return wish(mail::ChangeHeader{std::string{*name}, *index - 1, valueOf(*value, space)});
}

/// Milters write addresses with and without angle brackets.
std::string bracketed(std::string_view address) {
    if (address.starts_with('<')) return std::string{address};
    return '<' + std::string{address} + '>';
}

/// NOTIFY is the one parameter of RCPT that says something about a recipient whom a milter adds.
std::optional<mail::RcptParameters> parseParameters(std::string_view text) {
    mail::RcptParameters parameters;
    for (const std::string_view word : text::split(text, ' ')) {
        constexpr std::string_view notify = "NOTIFY=";
        if (word.empty()) continue;
        if (!text::startsWithIgnoreCase(word, notify)) return std::nullopt;
        parameters.notify = mail::notifyFromString(text::upper(word.substr(notify.size())));
        if (!parameters.notify) return std::nullopt;
    }
    return parameters;
}

Parsed parseRecipient(const Packet& packet) {
    PacketData data{packet.data};
    const auto address = data.takeText();
    if (!address) return malformed(packet.code, "no address");
    const auto parameters = parseParameters(data.takeText().value_or(""));
    if (!parameters || !data.atEnd()) {
        return malformed(packet.code, "parameters other than NOTIFY");
    }
    const auto path = mail::ForwardPath::parse(bracketed(*address));
    if (!path) return malformed(packet.code, mail::describe(path.error()));
    if (packet.code == '-') return wish(mail::RemoveRecipient{*path});
    return wish(mail::AddRecipient{*path, *parameters});
}

Parsed parseSender(const Packet& packet) {
    PacketData data{packet.data};
    const auto address = data.takeText();
    if (!address) return malformed(packet.code, "no address");
    const bool hasParameters = !data.takeText().value_or("").empty();
    if (hasParameters || !data.atEnd()) {
        return malformed(packet.code, "a sender's parameters cannot be changed");
    }
    const auto path = mail::ReversePath::parse(bracketed(*address));
    if (!path) return malformed(packet.code, mail::describe(path.error()));
    return wish(mail::ChangeSender{*path});
}

Parsed parseQuarantine(const Packet& packet) {
    const auto reason = PacketData{packet.data}.takeText();
    if (!reason) return malformed(packet.code, "no reason");
    return wish(mail::Quarantine{text::printable(*reason, 500)});
}

/// sendmail takes a reply for a printf format, so milters that know it write '%' twice.
std::string withoutDoubledPercent(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        plain += text[i];
        if (text.substr(i, 2) == "%%") ++i;
    }
    return plain;
}

/// "550 5.7.1 words", perhaps several lines of it.
Parsed parseReply(const Packet& packet) {
    const auto octets = PacketData{packet.data}.takeText();
    if (!octets) return malformed(packet.code, "no text");
    const std::string words = withoutDoubledPercent(*octets);
    mail::ReplyReader reader;
    auto progress = mail::ReplyReader::Progress::More;
    for (std::string_view line : text::split(words, '\n')) {
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.empty()) continue;
        if (progress != mail::ReplyReader::Progress::More) {
            return malformed(packet.code, "no SMTP reply");
        }
        progress = reader.add(line);
    }
    if (progress != mail::ReplyReader::Progress::Complete) {
        return malformed(packet.code, "no SMTP reply");
    }
    mail::Reply reply = std::move(reader).reply();
    if (!reply.isTransient() && !reply.isPermanent()) {
        return malformed(packet.code, "a reply that is no refusal");
    }
    return Answer{CustomReply{std::move(reply)}};
}

/// Answers that are a letter and nothing else; what comes behind it is not looked at.
std::optional<Answer> parseLetter(char code) {
    switch (code) {
        case 'c':
            return Continue{};
        case 'a':
            return Accept{};
        case 'r':
            return Reject{};
        case 't':
            return TempFail{};
        case 'd':
            return DiscardMessage{};
        case 's':
            return Skip{};
        case 'p':
            return Progress{};
        case '4':
            return Shutdown{};
        default:
            return std::nullopt;
    }
}

}  // namespace

Parsed parseAnswer(const Packet& packet, LeadingSpace space) {
    if (auto answer = parseLetter(packet.code)) return *std::move(answer);
    switch (packet.code) {
        case 'y':
            return parseReply(packet);
        case 'h':
            return parseAddField(packet, space);
        case 'i':
            return parseInsertField(packet, space);
        case 'm':
            return parseChangeField(packet, space);
        case '+':
        case '2':
        case '-':
            return parseRecipient(packet);
        case 'e':
            return parseSender(packet);
        case 'b':
            return wish(mail::ReplaceBody{packet.data});
        case 'q':
            return parseQuarantine(packet);
        case 'f':
            return malformed(packet.code, "it cannot work now");
        default:
            return malformed(packet.code, "not of this protocol");
    }
}

}  // namespace postrider::hooks::milter
