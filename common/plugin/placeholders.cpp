#include "common/plugin/placeholders.h"

namespace postrider::plugin {
inline namespace v1 {

Placeholders placeholdersOf(const DeliveryRequest& request, const DeliveryRecipient& recipient,
                            const Host& host) {
    Placeholders values{{'u', "postmaster"}, {'d', host.hostname}, {'f', ""}};
    values['f'] = request.reversePath.toString();
    if (const auto* mailbox = recipient.final.mailbox()) {
        values['u'] = mailbox->localpart().text();
        const std::string whole = mailbox->toString();
        values['d'] = whole.substr(whole.rfind('@') + 1);
    }
    return values;
}

std::optional<std::string> expand(std::string_view pattern, const Placeholders& values) {
    std::string result;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] != '%') {
            result.push_back(pattern[i]);
            continue;
        }
        if (++i == pattern.size()) return std::nullopt;
        if (pattern[i] == '%') {
            result.push_back('%');
            continue;
        }
        const auto value = values.find(pattern[i]);
        if (value == values.end()) return std::nullopt;
        result += value->second;
    }
    return result;
}

std::string problemOf(std::string_view pattern, std::string_view letters) {
    for (std::size_t i = pattern.find('%'); i < pattern.size(); i = pattern.find('%', i + 2)) {
        if (i + 1 == pattern.size()) return "ends in a single %; write %% for a percent sign";
        const char letter = pattern[i + 1];
        if (letter != '%' && letters.find(letter) == std::string_view::npos) {
            return std::string{"has %"} + letter + ", which is not known here";
        }
    }
    return {};
}

}  // namespace v1
}  // namespace postrider::plugin
