#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace postrider::mail {

/// The part before the `@` (RFC 5321 section 4.1.2, RFC 6531 section 3.3), decoded: `"al\ice"` and
/// `alice` are equal.
///
/// 1 to 64 octets of well-formed UTF-8 without controls. Case is kept; canonical() is what names of
/// our own users are compared by. Immutable.
class Localpart {
public:
    /// A dot-string or a quoted string, whole.
    static std::optional<Localpart> parse(std::string_view text);

    /// Decoded octets; for comparing and storing, not for the wire.
    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    /// As a dot-string, or quoted where that is needed.
    [[nodiscard]] std::string wire() const;
    [[nodiscard]] bool isAscii() const;
    /// PRECIS UsernameCaseMapped (RFC 8265 section 3.3, through libunistring); nothing when the
    /// profile refuses it: then no user of ours has this name.
    [[nodiscard]] std::optional<std::string> canonical() const;

    friend auto operator<=>(const Localpart&, const Localpart&) = default;

private:
    explicit Localpart(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

/// The same profile for a bare name (a users-file entry, a login).
[[nodiscard]] std::optional<std::string> canonicalUsername(std::string_view name);

}  // namespace postrider::mail
