#include "common/mail/path.h"

#include "common/base/text.h"

namespace postrider::mail {

namespace {

constexpr std::string_view postmaster = "postmaster";

PathError pathError(MailboxError error) {
    switch (error) {
        case MailboxError::NoAtSign:
            return PathError::Syntax;
        case MailboxError::BadLocalpart:
            return PathError::BadLocalpart;
        case MailboxError::BadDomain:
            return PathError::BadDomain;
        case MailboxError::TooLong:
            return PathError::TooLong;
    }
    return PathError::Syntax;
}

/// What stands between the angle brackets.
std::optional<std::string_view> inner(std::string_view text) {
    if (text.size() < 2 || text.front() != '<' || text.back() != '>') return std::nullopt;
    return text.substr(1, text.size() - 2);
}

/// Behind a source route `@one,@two:` (RFC 5321 appendix C); nothing when the route is malformed.
std::optional<std::string_view> withoutRoute(std::string_view text) {
    if (!text.starts_with('@')) return text;
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    for (const std::string_view hop : text::split(text.substr(0, colon), ',')) {
        if (!hop.starts_with('@') || !Domain::parse(hop.substr(1))) return std::nullopt;
    }
    return text.substr(colon + 1);
}

Result<Mailbox, PathError> parseMailbox(std::string_view text) {
    const auto address = withoutRoute(text);
    if (!address) return Unexpected{PathError::Syntax};
    auto mailbox = Mailbox::parse(*address);
    if (!mailbox) return Unexpected{pathError(mailbox.error())};
    return std::move(*mailbox);
}

}  // namespace

std::string_view describe(PathError error) {
    switch (error) {
        case PathError::Syntax:
            return "an address in angle brackets is expected";
        case PathError::BadLocalpart:
            return "the part before the @ is not valid";
        case PathError::BadDomain:
            return "the part behind the @ is not a valid domain";
        case PathError::TooLong:
            return "the address is too long";
        case PathError::NullNotAllowed:
            return "the null path is not allowed here";
    }
    return "the path is not valid";
}

Result<ReversePath, PathError> ReversePath::parse(std::string_view text) {
    const auto address = inner(text);
    if (!address) return Unexpected{PathError::Syntax};
    if (address->empty()) return ReversePath{};
    auto mailbox = parseMailbox(*address);
    if (!mailbox) return Unexpected{mailbox.error()};
    return ReversePath{std::move(*mailbox)};
}

std::optional<ReversePath> ReversePath::fromString(std::string_view text) {
    if (text.empty()) return ReversePath{};
    auto mailbox = Mailbox::parse(text);
    if (!mailbox) return std::nullopt;
    return ReversePath{std::move(*mailbox)};
}

Result<ForwardPath, PathError> ForwardPath::parse(std::string_view text) {
    const auto address = inner(text);
    if (!address) return Unexpected{PathError::Syntax};
    if (address->empty()) return Unexpected{PathError::NullNotAllowed};
    if (text::equalsIgnoreCase(*address, postmaster)) return barePostmaster();
    auto mailbox = parseMailbox(*address);
    if (!mailbox) return Unexpected{mailbox.error()};
    return ForwardPath{std::move(*mailbox)};
}

std::optional<ForwardPath> ForwardPath::fromString(std::string_view text) {
    if (text == postmaster) return barePostmaster();
    auto mailbox = Mailbox::parse(text);
    if (!mailbox) return std::nullopt;
    return ForwardPath{std::move(*mailbox)};
}

}  // namespace postrider::mail
