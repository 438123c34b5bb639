#include "plugins/hooks/greylist/triplet.h"

#include "common/base/text.h"

#include <algorithm>
#include <array>

namespace postrider::hooks {

namespace {

std::string withoutNumbers(std::string_view name) {
    std::string result;
    for (const char c : name) {
        if (!text::isDigit(c)) {
            result.push_back(c);
        } else if (!result.ends_with('#')) {
            result.push_back('#');
        }
    }
    return result;
}

std::string canonicalSender(const mail::ReversePath& path) {
    if (path.isNull()) return "<>";
    const std::string address = text::lower(path.toString());
    const std::size_t at = address.rfind('@');
    const std::string_view name = std::string_view{address}.substr(0, at);
    // A name that begins with '+' is no suffix of nothing.
    const std::size_t plus = name.find('+', 1);
    return withoutNumbers(name.substr(0, plus)) + address.substr(at);
}

}  // namespace

std::string Triplet::networkOf(const IpAddress& client) {
    const auto& octets = client.octets();
    if (client.isV4()) {
        return IpAddress::v4({octets[0], octets[1], octets[2], 0}).toString() + "/24";
    }
    std::array<std::uint8_t, 16> prefix{};
    std::copy_n(octets.begin(), 8, prefix.begin());
    return IpAddress::v6(prefix).toString() + "/64";
}

Triplet Triplet::of(const IpAddress& client, const mail::ReversePath& sender,
                    const mail::ForwardPath& recipient) {
    return {networkOf(client), canonicalSender(sender), text::lower(recipient.toString())};
}

}  // namespace postrider::hooks
