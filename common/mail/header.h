#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::mail {

/// One field as it stands in the message: "Name: folded value\r\n". Views into the section's
/// octets.
struct HeaderField {
    std::string_view name;   ///< without the colon
    std::string_view value;  ///< folded, without the CRLF at the end
    std::string_view raw;    ///< all of it
};

/// The fields of a header section (RFC 5322 section 2.2). Never re-serialises what it did not
/// change. Owns a copy of the octets. Malformed lines are kept as fields with an empty name. Linear
/// time, no recursion.
class HeaderSection {
public:
    /// `octets` up to and with the empty line; anything after it is ignored.
    static HeaderSection parse(std::string octets);

    [[nodiscard]] const std::vector<HeaderField>& fields() const noexcept { return fields_; }
    /// The first field of that name (any case), or null.
    [[nodiscard]] const HeaderField* find(std::string_view name) const;
    [[nodiscard]] std::size_t count(std::string_view name) const;
    /// Whether every line is a field or a continuation.
    [[nodiscard]] bool wellFormed() const noexcept { return wellFormed_; }

    HeaderSection(const HeaderSection&) = delete;
    HeaderSection& operator=(const HeaderSection&) = delete;
    HeaderSection(HeaderSection&&) noexcept = default;
    HeaderSection& operator=(HeaderSection&&) noexcept = default;
    ~HeaderSection() = default;

private:
    HeaderSection() = default;
    std::vector<char> octets_;
    std::vector<HeaderField> fields_;
    bool wellFormed_ = true;
};

/// A folded value on one line, outer white space removed.
[[nodiscard]] std::string unfold(std::string_view value);
/// Where the comment that begins at `begin` with `(` ends, behind its `)`; nested ones and quoted
/// pairs count (RFC 5322 section 3.2.2). The text's end when it has none: then `isClosed` is false.
struct CommentEnd {
    std::size_t position = 0;
    bool isClosed = false;
};
[[nodiscard]] CommentEnd commentEnd(std::string_view text, std::size_t begin);
/// "Name: value\r\n", folded at white space to at most 78 octets a line where the words allow it,
/// never over 998. Controls in `value` become spaces: no caller can inject a second field.
[[nodiscard]] std::string composeField(std::string_view name, std::string_view value);
/// The same, but a value that is folded properly stays octet for octet: each CRLF is followed by
/// white space and something visible, no line is over 998 octets, there are no other controls but
/// tabs. What was signed in that form must not be folded anew.
[[nodiscard]] std::string composeFoldedField(std::string_view name, std::string_view value);

}  // namespace postrider::mail
