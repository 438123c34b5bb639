#include "server/reception/header_rules.h"

#include "common/mail/date.h"

namespace postrider::reception {

namespace {

/// Whether the first line is neither a field nor the separator line of an mbox file, which is taken
/// for a bad field.
bool beginsWithText(const mail::HeaderSection& header) {
    if (header.fields().empty()) return false;
    const mail::HeaderField& first = header.fields().front();
    return first.name.empty() && !first.raw.starts_with("From ") &&
           !first.raw.starts_with(">From ");
}

bool isComplete(std::string_view section) {
    return section == "\r\n" || section.ends_with("\r\n\r\n");
}

}  // namespace

mail::HeaderSection readHeader(const mail::MessageContent& content) {
    auto header = mail::HeaderSection::parse(content.headerSection(maxHeader));
    if (beginsWithText(header)) return mail::HeaderSection::parse("");
    return header;
}

bool lacksHeader(const mail::MessageContent& content) {
    // one line is enough to know
    constexpr std::size_t firstLine = 2048;
    return beginsWithText(mail::HeaderSection::parse(content.headerSection(firstLine)));
}

MayGoOn checkHeader(const mail::MessageContent& content, const mail::HeaderSection& header,
                    Origin origin) {
    if (origin == Origin::OurUser && header.count("From") > 1) return severalAuthors();
    if (content.size() <= maxHeader || header.fields().empty()) return std::nullopt;
    if (!isComplete(content.headerSection(maxHeader))) return headerTooLong();
    return std::nullopt;
}

std::string composeMissing(const mail::HeaderSection& header, const MissingFields& facts,
                           Random& random) {
    constexpr std::size_t tokenLength = 8;
    std::string fields;
    if (header.find("Date") == nullptr) {
        fields += mail::composeField("Date", mail::formatDate(facts.now));
    }
    if (header.find("Message-ID") == nullptr) {
        std::string id = '<' + facts.id.toString() + '.' + random.token(tokenLength) + '@';
        id.append(facts.hostname).append(">");
        fields += mail::composeField("Message-ID", id);
    }
    return fields;
}

}  // namespace postrider::reception
