#include "common/net/dsn_parameters.h"

#include "common/base/text.h"
#include "common/mail/xtext.h"

#include <algorithm>
#include <string_view>

namespace postrider::net {

namespace {

constexpr std::size_t longestEnvid = 100;
constexpr std::size_t longestOrcpt = 500;

bool isPrintableAscii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

bool isAddressType(std::string_view type) {
    const auto fits = [](char c) { return text::isAlnum(c) || c == '-'; };
    return !type.empty() && std::all_of(type.begin(), type.end(), fits);
}

std::string orcptOnTheWire(const mail::OriginalRecipient& recipient) {
    const bool utf8 = text::equalsIgnoreCase(recipient.type, "utf-8");
    const bool sound =
        isAddressType(recipient.type) && !recipient.address.empty() &&
        (utf8 ? text::isUtf8(recipient.address) && !text::hasControl(recipient.address)
              : isPrintableAscii(recipient.address));
    if (!sound) return {};
    std::string wire = recipient.type + ';' +
                       (utf8 ? mail::encodeUnicodeEscapes(recipient.address)
                             : mail::encodeXtext(recipient.address));
    return wire.size() <= longestOrcpt ? wire : std::string{};
}

}  // namespace

std::string dsnMailParameters(const mail::MailParameters& parameters) {
    std::string words;
    if (parameters.ret) words.append(" RET=").append(mail::toString(*parameters.ret));
    if (parameters.envid && !parameters.envid->empty() && isPrintableAscii(*parameters.envid)) {
        const std::string envid = mail::encodeXtext(*parameters.envid);
        if (envid.size() <= longestEnvid) words.append(" ENVID=").append(envid);
    }
    return words;
}

std::string dsnRcptParameters(const mail::RcptParameters& parameters) {
    std::string words;
    if (parameters.notify) words.append(" NOTIFY=").append(notifyToString(parameters.notify));
    if (parameters.orcpt) {
        const std::string orcpt = orcptOnTheWire(*parameters.orcpt);
        if (!orcpt.empty()) words.append(" ORCPT=").append(orcpt);
    }
    return words;
}

}  // namespace postrider::net
