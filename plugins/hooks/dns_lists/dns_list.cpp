#include "plugins/hooks/dns_lists/dns_list.h"

#include "common/base/text.h"
#include "common/mail/domain.h"

namespace postrider::hooks {

namespace {

constexpr int mostWeight = 100;

/// Takes a decimal octet off the front.
std::optional<std::uint8_t> takeOctet(std::string_view& text) {
    std::size_t digits = 0;
    while (digits < text.size() && text::isDigit(text[digits]))
        ++digits;
    const auto number = text::parseUnsigned(text.substr(0, digits));
    if (!number || *number > 255) return std::nullopt;
    text.remove_prefix(digits);
    return static_cast<std::uint8_t>(*number);
}

bool take(std::string_view& text, std::string_view expected) {
    if (!text.starts_with(expected)) return false;
    text.remove_prefix(expected.size());
    return true;
}

std::optional<int> parseWeight(std::string_view text) {
    const bool negative = take(text, "-");
    const auto number = text::parseUnsigned(text);
    if (!number || *number == 0 || *number > mostWeight) return std::nullopt;
    const int weight = static_cast<int>(*number);
    return negative ? -weight : weight;
}

}  // namespace

std::optional<AnswerPattern> AnswerPattern::parse(std::string_view text) {
    AnswerPattern pattern;
    for (Range& range : pattern.octets_) {
        if (&range != &pattern.octets_.front() && !take(text, ".")) return std::nullopt;
        const auto least = takeOctet(text);
        if (!least) return std::nullopt;
        range = {*least, *least};
        if (!take(text, "..")) continue;
        const auto most = takeOctet(text);
        if (!most || *most < *least) return std::nullopt;
        range.most = *most;
    }
    if (!text.empty()) return std::nullopt;
    return pattern;
}

bool AnswerPattern::matches(const IpAddress& answer) const {
    if (!answer.isV4()) return false;
    for (std::size_t i = 0; i < octets_.size(); ++i) {
        const std::uint8_t octet = answer.octets()[i];
        if (octet < octets_[i].least || octet > octets_[i].most) return false;
    }
    return true;
}

Result<DnsList, std::string> DnsList::parse(std::string_view text) {
    const std::string shown = "'" + text::printable(text, 100) + "'";
    DnsList list;
    if (const auto star = text.rfind('*'); star != std::string_view::npos) {
        const auto weight = parseWeight(text::trim(text.substr(star + 1)));
        if (!weight) {
            return Unexpected{shown + ": expected a weight from -100 to 100 behind *, and not 0"};
        }
        list.weight = *weight;
        text = text.substr(0, star);
    }
    if (const auto equals = text.find('='); equals != std::string_view::npos) {
        list.answers = AnswerPattern::parse(text::trim(text.substr(equals + 1)));
        if (!list.answers) {
            return Unexpected{shown + ": expected answers such as 127.0.0.2..11 behind ="};
        }
        text = text.substr(0, equals);
    }
    const auto zone = mail::Domain::parse(text::trim(text));
    if (!zone) return Unexpected{shown + ": is no zone"};
    list.zone = zone->ascii();
    return list;
}

std::string questionName(const IpAddress& ip, std::string_view zone) {
    std::string name;
    const std::size_t size = ip.isV4() ? 4 : 16;
    for (std::size_t i = size; i-- > 0;) {
        const unsigned octet = ip.octets()[i];
        if (ip.isV4()) {
            name += std::to_string(octet) + '.';
        } else {
            constexpr std::string_view digits = "0123456789abcdef";
            name += {digits[octet & 15U], '.', digits[octet >> 4U], '.'};
        }
    }
    return name.append(zone);
}

}  // namespace postrider::hooks
