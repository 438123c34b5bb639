#include "common/mail/ehlo_name.h"

#include "common/base/text.h"

#include <algorithm>

namespace postrider::mail {

namespace {

constexpr std::size_t nameLimit = 255;

/// Safe in a Received field: no white space, no comment, no quoting, no end of the clause.
char harmless(char c) {
    const bool safe =
        c > ' ' && c < 0x7f && std::string_view{"()<>\"\\;,"}.find(c) == std::string_view::npos;
    return safe ? c : '?';
}

}  // namespace

EhloName EhloName::from(std::string_view text) {
    EhloName name;
    if (auto literal = AddressLiteral::parse(text)) {
        name.what_ = *literal;
    } else if (auto domain = Domain::parse(text)) {
        // a U-label name goes into our fields as A-labels; ASCII stays as it was said
        if (!text::isAscii(text)) name.text_ = domain->ascii();
        name.what_ = std::move(*domain);
    }
    if (name.text_.empty()) {
        name.text_ = text.substr(0, nameLimit);
        std::transform(name.text_.begin(), name.text_.end(), name.text_.begin(), harmless);
    }
    return name;
}

}  // namespace postrider::mail
