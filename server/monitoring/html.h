#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postrider::monitoring {

/// HTML that is safe to put into a page: made from text by escaping, or from other Html. There is
/// no other way in but markup(), whose argument is a literal of ours.
class Html {
public:
    Html() = default;
    /// Any octets; `& < > " '` are escaped, controls and broken UTF-8 shown as \xNN.
    static Html text(std::string_view octets);
    /// As text(), but line ends stay.
    static Html lines(std::string_view octets);
    template <std::size_t N>
    static Html markup(const char (&literal)[N]) {
        return Html{std::string{literal, N - 1}};
    }
    /// A link to one of our own paths, with an optional value for its query: path + "about" ->
    /// /path?about=value
    static Html link(std::string_view path, std::string_view about, std::string_view label);

    Html& operator+=(const Html& other) {
        octets_ += other.octets_;
        return *this;
    }
    friend Html operator+(Html a, const Html& b) { return a += b; }
    [[nodiscard]] const std::string& octets() const& noexcept { return octets_; }
    [[nodiscard]] std::string octets() && noexcept { return std::move(octets_); }

private:
    explicit Html(std::string octets) : octets_(std::move(octets)) {}
    std::string octets_;
};

/// A table; every row has as many cells as there are headings.
[[nodiscard]] Html tableOf(const std::vector<std::string>& headings,
                           const std::vector<std::vector<Html>>& rows);

/// A whole document around `body`, with navigation and the style sheet; no scripts.
[[nodiscard]] std::string documentOf(std::string_view title, const Html& body);

}  // namespace postrider::monitoring
