#include "common/mail/mailbox.h"

namespace postrider::mail {

namespace {

/// RFC 5321 section 4.5.3.1.3 gives a path 256 octets; two are its angle brackets.
constexpr std::size_t mailboxLimit = 254;
/// No spelling of a mailbox that fits is longer (quoted pairs, U-labels): more is refused unread.
constexpr std::size_t inputLimit = 2048;

/// Where the `@` behind the local part stands: the first one outside a quoted string.
std::size_t findAtSign(std::string_view text) {
    if (!text.starts_with('"')) return text.find('@');
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            return text.substr(i + 1).starts_with('@') ? i + 1 : std::string_view::npos;
        }
    }
    return std::string_view::npos;
}

std::optional<Mailbox::Host> parseHost(std::string_view text) {
    if (text.starts_with('[')) {
        if (auto literal = AddressLiteral::parse(text)) return *literal;
        return std::nullopt;
    }
    auto domain = Domain::parse(text);
    if (!domain) return std::nullopt;
    return std::move(*domain);
}

}  // namespace

std::string_view describe(MailboxError error) {
    switch (error) {
        case MailboxError::NoAtSign:
            return "the address has no @ between local part and domain";
        case MailboxError::BadLocalpart:
            return "the part before the @ is not valid";
        case MailboxError::BadDomain:
            return "the part behind the @ is not a valid domain";
        case MailboxError::TooLong:
            return "the address is longer than 254 octets";
    }
    return "the address is not valid";
}

Result<Mailbox, MailboxError> Mailbox::parse(std::string_view text) {
    if (text.size() > inputLimit) return Unexpected{MailboxError::TooLong};
    const std::size_t at = findAtSign(text);
    if (at == std::string_view::npos) return Unexpected{MailboxError::NoAtSign};
    auto localpart = Localpart::parse(text.substr(0, at));
    if (!localpart) return Unexpected{MailboxError::BadLocalpart};
    auto host = parseHost(text.substr(at + 1));
    if (!host) return Unexpected{MailboxError::BadDomain};

    Mailbox mailbox{std::move(*localpart), std::move(*host)};
    if (mailbox.toString().size() > mailboxLimit) return Unexpected{MailboxError::TooLong};
    return mailbox;
}

std::string Mailbox::toString() const {
    const auto* name = domain();
    return localpart_.wire() + '@' +
           (name ? name->ascii() : std::get<AddressLiteral>(host_).toString());
}

std::string Mailbox::unicode() const {
    const auto* name = domain();
    return localpart_.wire() + '@' +
           (name ? name->unicode() : std::get<AddressLiteral>(host_).toString());
}

}  // namespace postrider::mail
