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

Treatment treatmentOf(HeaderFault fault, Origin origin) {
    const bool stranger = origin == Origin::Stranger;
    switch (fault) {
        case HeaderFault::TooManyFields:
        case HeaderFault::Nul:
            return Treatment::Refuse;
        case HeaderFault::BrokenLine:
        case HeaderFault::SeveralFrom:
        case HeaderFault::SeveralOfOne:
            return stranger ? Treatment::Accept : Treatment::Refuse;
        case HeaderFault::MboxLine:
        case HeaderFault::NoFrom:
        case HeaderFault::NoDate:
        case HeaderFault::NoMessageId:
        case HeaderFault::ReturnPath:
            return stranger ? Treatment::Accept : Treatment::Mend;
        case HeaderFault::ForgedResults:
            return Treatment::Mend;
        case HeaderFault::NoHeader:
        case HeaderFault::SeveralLists:
        case HeaderFault::LongLine:
        case HeaderFault::EightBit:
            break;
    }
    return Treatment::Accept;
}

MayGoOn checkHeaderSize(const mail::MessageContent& content, const mail::HeaderSection& header) {
    if (content.size() <= maxHeader || header.fields().empty()) return std::nullopt;
    if (!isComplete(content.headerSection(maxHeader))) return headerTooLong();
    return std::nullopt;
}

std::string composeMissing(const mail::HeaderSection& header, const MissingFields& facts,
                           Random& random) {
    constexpr std::size_t tokenLength = 8;
    std::string fields;
    if (header.find("From") == nullptr && !facts.author.empty()) {
        fields += mail::composeField("From", facts.author);
    }
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
