#pragma once

#include "common/mail/address_literal.h"
#include "common/mail/domain.h"

#include <string>
#include <string_view>
#include <variant>

namespace postrider::mail {

/// What the client calls itself: a domain, an address literal, or text that is neither. The last is
/// kept, because a strange name is no reason to refuse mail (RFC 5321 section 4.1.4), but made
/// printable ASCII without spaces, parentheses, angle brackets, quotes, backslashes, commas and
/// semicolons (those become `?`), at most 255 octets, so that it is safe in a Received field.
class EhloName {
public:
    /// Never fails; `text` is the first word of the argument and must not be empty.
    static EhloName from(std::string_view text);

    /// As it was said when it is ASCII; an internationalised domain as A-labels.
    [[nodiscard]] const std::string& toString() const noexcept { return text_; }
    /// Null unless the name is a well-formed domain.
    [[nodiscard]] const Domain* domain() const noexcept { return std::get_if<Domain>(&what_); }
    [[nodiscard]] const AddressLiteral* literal() const noexcept {
        return std::get_if<AddressLiteral>(&what_);
    }

private:
    EhloName() = default;
    std::string text_;
    std::variant<std::monostate, Domain, AddressLiteral> what_;
};

}  // namespace postrider::mail
