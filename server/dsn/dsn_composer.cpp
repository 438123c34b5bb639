#include "server/dsn/dsn_composer.h"

#include "common/base/text.h"
#include "common/mail/date.h"
#include "common/mail/header.h"
#include "server/dsn/delivery_status.h"
#include "server/dsn/report_text.h"
#include "server/dsn/returned_content.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace postrider::dsn {

namespace {

constexpr std::string_view plainText = "text/plain; charset=us-ascii";
constexpr std::string_view utf8Text = "text/plain; charset=utf-8";

bool isAscii(const mail::ForwardPath& path) {
    return path.mailbox() == nullptr || !path.mailbox()->needsUtf8();
}

std::string_view headerOf(const ReturnedContent& returned) {
    const std::string_view octets = returned.octets;
    return octets.substr(0, octets.find("\r\n\r\n"));
}

/// Only a report whose own address needs SMTPUTF8 asks for it: the others must not be lost where it
/// is not offered.
Charset charsetFor(const ReportedMessage& message) {
    return message.reversePath.needsUtf8() ? Charset::Utf8 : Charset::Ascii;
}

bool namesUtf8(const std::vector<ReportedRecipient>& recipients) {
    return std::any_of(recipients.begin(), recipients.end(), [](const ReportedRecipient& one) {
        return !isAscii(one.original) || !isAscii(one.final);
    });
}

bool any(const std::vector<ReportedRecipient>& recipients, bool (*is)(Fate)) {
    return std::any_of(recipients.begin(), recipients.end(),
                       [is](const ReportedRecipient& recipient) { return is(recipient.fate); });
}

/// The worst of it.
std::string_view subjectFor(const std::vector<ReportedRecipient>& recipients) {
    if (any(recipients, isFailure)) return "Your message could not be delivered";
    if (any(recipients, [](Fate fate) { return fate == Fate::Delayed; })) {
        return "Your message is delayed";
    }
    const bool passedOn = any(recipients, [](Fate fate) { return fate != Fate::Delivered; });
    return passedOn ? "Your message was passed on" : "Your message was delivered";
}

/// The Message-ID of the reported message, when it is one that may stand in our header.
std::string messageIdOf(const mail::MessageContent& content) {
    constexpr std::size_t headerLimit = maxReturned;
    constexpr std::size_t longest = 250;
    try {
        const auto header = mail::HeaderSection::parse(content.headerSection(headerLimit));
        const mail::HeaderField* field = header.find("Message-ID");
        if (field == nullptr) return {};
        std::string id = mail::unfold(field->value);
        const bool sound =
            id.size() <= longest && id.starts_with('<') && id.ends_with('>') &&
            std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c < 0x7f; });
        return sound ? id : std::string{};
    } catch (const std::exception&) {
        return {};
    }
}

/// In lines of 76 (RFC 2045 section 6.8).
std::string base64Lines(std::string_view octets) {
    constexpr std::size_t lineOctets = 57;
    std::string lines;
    for (; !octets.empty(); octets.remove_prefix(std::min(lineOctets, octets.size())))
        lines.append(text::toBase64(octets.substr(0, lineOctets))).append("\r\n");
    return lines;
}

/// One part with its own small header.
std::string part(std::string_view type, std::string_view encoding, std::string_view body) {
    std::string octets = mail::composeField("Content-Type", type);
    octets += mail::composeField("Content-Transfer-Encoding", encoding);
    octets.append("\r\n").append(body);
    if (!body.ends_with("\r\n")) octets += "\r\n";
    return octets;
}

/// The part for people. Names are readable in an ASCII report, too.
std::string textPart(const std::vector<ReportedRecipient>& recipients, ReportTextFacts facts) {
    if (facts.charset == Charset::Utf8) {
        return part(utf8Text, "8bit", composeReportText(recipients, facts));
    }
    if (!namesUtf8(recipients))
        return part(plainText, "7bit", composeReportText(recipients, facts));
    facts.charset = Charset::Utf8;
    return part(utf8Text, "base64", base64Lines(composeReportText(recipients, facts)));
}

/// A header of UTF-8 is of a type of its own, which may be encoded (RFC 6532 section 3.7).
std::string returnedPart(const ReturnedContent& returned, const mail::MailParameters& parameters,
                         Charset charset) {
    const bool everything = returned.what == Returned::Everything;
    const bool utf8Header = parameters.smtputf8 && !text::isAscii(headerOf(returned));
    if (charset == Charset::Ascii && utf8Header) {
        return part(everything ? "message/global" : "message/global-headers", "base64",
                    base64Lines(returned.octets));
    }
    const bool utf8 = charset == Charset::Utf8;
    const std::string_view encoding = text::isAscii(returned.octets) ? "7bit" : "8bit";
    if (everything) {
        return part(utf8 ? "message/global" : "message/rfc822", encoding, returned.octets);
    }
    return part(utf8 ? "message/global-headers" : "text/rfc822-headers", encoding, returned.octets);
}

std::string freeBoundary(const std::vector<std::string>& parts, Random& random) {
    constexpr std::size_t length = 24;
    for (;;) {
        std::string boundary = "=_report_" + random.token(length);
        const bool taken = std::any_of(parts.begin(), parts.end(), [&](const std::string& octets) {
            return octets.find(boundary) != std::string::npos;
        });
        if (!taken) return boundary;
    }
}

}  // namespace

Report DsnComposer::compose(const ReportedMessage& message,
                            const std::vector<ReportedRecipient>& recipients,
                            const ReportStamp& stamp) const {
    const ReturnedContent returned =
        contentToReturn(message.content, message.parameters,
                        any(recipients, isFailure) ? Tells::OfFailure : Tells::OfNone);
    const Charset charset = charsetFor(message);
    const bool utf8 = charset == Charset::Utf8;
    const ReportTextFacts facts{.hostname = hostname_,
                                .receivedAt = message.receivedAt,
                                .triedSince = message.triedSince,
                                .expiresAt = message.expiresAt,
                                .now = stamp.now,
                                .returned = returned.what,
                                .charset = charset};

    std::vector<std::string> parts;
    parts.push_back(textPart(recipients, facts));
    parts.push_back(part(utf8 ? "message/global-delivery-status" : "message/delivery-status",
                         utf8 ? "8bit" : "7bit",
                         composeDeliveryStatus(message, recipients, hostname_, charset)));
    if (returned.what != Returned::Nothing) {
        parts.push_back(returnedPart(returned, message.parameters, charset));
    }
    const std::string boundary = freeBoundary(parts, random_);

    std::string octets = composeHeader(message, subjectFor(recipients), stamp) +
                         mail::composeField("Content-Type",
                                            "multipart/report; report-type=delivery-status; "
                                            "boundary=\"" +
                                                boundary + '"');
    for (const std::string& one : parts)
        octets.append("\r\n--").append(boundary).append("\r\n").append(one);
    octets.append("\r\n--").append(boundary).append("--\r\n");

    Report report{mail::MessageContent::fromMemory({}), {}};
    if (!text::isAscii(octets)) report.parameters.body = mail::BodyType::EightBitMime;
    report.parameters.smtputf8 = utf8;
    // what was to travel under TLS only does so on its way back (RFC 8689 section 5)
    report.parameters.requireTls = message.parameters.requireTls;
    report.content = mail::MessageContent::fromMemory(std::move(octets));
    return report;
}

std::string DsnComposer::composeHeader(const ReportedMessage& message, std::string_view subject,
                                       const ReportStamp& stamp) const {
    constexpr std::size_t tokenLength = 8;
    const std::string id =
        '<' + stamp.id.toString() + '.' + random_.token(tokenLength) + '@' + hostname_ + '>';
    std::string header;
    // the address of a person, so that an answer reaches one (RFC 3464 section 2)
    header += mail::composeField("From", "Mail Delivery System <postmaster@" + hostname_ + '>');
    header += mail::composeField("To", '<' + message.reversePath.toString() + '>');
    header += mail::composeField("Subject", subject);
    header += mail::composeField("Date", mail::formatDate(stamp.now));
    header += mail::composeField("Message-ID", id);
    if (const std::string cause = messageIdOf(message.content); !cause.empty()) {
        header += mail::composeField("In-Reply-To", cause);
        header += mail::composeField("References", cause);
    }
    header += mail::composeField("Auto-Submitted", "auto-replied");  // RFC 3834 section 5
    header += mail::composeField("MIME-Version", "1.0");
    return header;
}

}  // namespace postrider::dsn
