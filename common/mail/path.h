#pragma once

#include "common/base/result.h"
#include "common/mail/mailbox.h"

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace postrider::mail {

/// Why a path in a command is refused: decides the reply (5.1.7 / 5.1.3 / 5.5.2).
enum class PathError { Syntax, BadLocalpart, BadDomain, TooLong, NullNotAllowed };
[[nodiscard]] std::string_view describe(PathError error);

/// The MAIL argument: a mailbox, or null for notifications (RFC 5321 section 4.1.1.2). Immutable.
class ReversePath {
public:
    /// The null reverse-path `<>`.
    ReversePath() = default;
    explicit ReversePath(Mailbox mailbox) : mailbox_(std::move(mailbox)) {}

    /// With angle brackets; a source route is understood and dropped (RFC 5321 appendix C).
    static Result<ReversePath, PathError> parse(std::string_view text);
    /// What toString() gave: no brackets, empty for null. Nothing on anything else.
    static std::optional<ReversePath> fromString(std::string_view text);

    [[nodiscard]] bool isNull() const noexcept { return !mailbox_.has_value(); }
    /// Null pointer for the null reverse-path.
    [[nodiscard]] const Mailbox* mailbox() const noexcept {
        return mailbox_ ? &*mailbox_ : nullptr;
    }
    [[nodiscard]] std::string toString() const { return mailbox_ ? mailbox_->toString() : ""; }

    friend auto operator<=>(const ReversePath&, const ReversePath&) = default;

private:
    std::optional<Mailbox> mailbox_;
};

/// The RCPT argument: a mailbox, or the bare `<Postmaster>` of this host (RFC 5321
/// section 4.1.1.3). Immutable.
class ForwardPath {
public:
    explicit ForwardPath(Mailbox mailbox) : mailbox_(std::move(mailbox)) {}
    static ForwardPath barePostmaster() { return ForwardPath{}; }

    static Result<ForwardPath, PathError> parse(std::string_view text);
    /// What toString() gave: no brackets, "postmaster" for the bare one.
    static std::optional<ForwardPath> fromString(std::string_view text);

    [[nodiscard]] bool isBarePostmaster() const noexcept { return !mailbox_.has_value(); }
    /// Null pointer for the bare postmaster.
    [[nodiscard]] const Mailbox* mailbox() const noexcept {
        return mailbox_ ? &*mailbox_ : nullptr;
    }
    [[nodiscard]] std::string toString() const {
        return mailbox_ ? mailbox_->toString() : "postmaster";
    }

    friend auto operator<=>(const ForwardPath&, const ForwardPath&) = default;

private:
    ForwardPath() = default;
    std::optional<Mailbox> mailbox_;
};

}  // namespace postrider::mail
