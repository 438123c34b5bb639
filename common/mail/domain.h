#pragma once

#include "common/base/result.h"

#include <compare>
#include <string>
#include <string_view>

namespace postrider::mail {

enum class DomainError { Empty, TooLong, LabelTooLong, EmptyLabel, BadCharacter, NotIdna };

/// A sentence for a log line or a config error.
[[nodiscard]] std::string_view describe(DomainError error);

/// A DNS domain name as SMTP uses it (RFC 5321 section 2.3.5), in canonical form.
///
/// Holds the A-label form, lower case, no trailing dot, at most 253 octets; that form is used for
/// comparing, storing and asking DNS. The U-label form is computed for humans and SMTPUTF8 peers.
/// There is no way to hold an invalid Domain: parse() is the only door in. Immutable.
class Domain {
public:
    /// Accepts A-labels or U-labels (IDNA2008, RFC 5891, through libidn2). NUL and controls are
    /// refused before mapping, and what comes out of it must be plain letters, digits and inner
    /// hyphens. A dot at the end is an empty label: who has a name from DNS drops it before.
    static Result<Domain, DomainError> parse(std::string_view text);

    [[nodiscard]] const std::string& ascii() const noexcept { return ascii_; }
    /// U-labels where they exist (NFC).
    [[nodiscard]] std::string unicode() const;
    /// True when this is `other` or below it.
    [[nodiscard]] bool isWithin(const Domain& other) const;

    friend auto operator<=>(const Domain&, const Domain&) = default;

private:
    explicit Domain(std::string ascii) : ascii_(std::move(ascii)) {}
    std::string ascii_;
};

}  // namespace postrider::mail
