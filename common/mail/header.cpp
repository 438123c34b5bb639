#include "common/mail/header.h"

#include "common/base/text.h"

#include <algorithm>

namespace postrider::mail {

namespace {

/// RFC 5322 section 2.1.1.
constexpr std::size_t lineShould = 78;
constexpr std::size_t lineMust = 998;

bool isWhite(char c) {
    return c == ' ' || c == '\t';
}

bool isNameCharacter(char c) {
    return c > ' ' && c < 0x7f && c != ':';
}

/// Takes one line, with its CRLF, off the front.
std::string_view takeLine(std::string_view& rest) {
    const auto end = rest.find("\r\n");
    const std::string_view line = rest.substr(0, end == std::string_view::npos ? end : end + 2);
    rest.remove_prefix(line.size());
    return line;
}

/// A field from all its lines; its name is empty when they are none.
HeaderField makeField(std::string_view raw) {
    HeaderField field{{}, raw, raw};
    if (field.value.ends_with("\r\n")) field.value.remove_suffix(2);
    const auto colon = field.value.find(':');
    if (colon == std::string_view::npos) return field;
    // white space before the colon is an old form that still comes (RFC 5322 section 4.5)
    const std::string_view name = text::trimRight(field.value.substr(0, colon));
    if (name.empty() || !std::all_of(name.begin(), name.end(), isNameCharacter)) return field;
    field.name = name;
    field.value.remove_prefix(colon + 1);
    return field;
}

bool isBlank(std::string_view line) {
    return std::all_of(line.begin(), line.end(), isWhite);
}

/// Whether a composed field is one field, of lines that may be sent.
bool isFoldedProperly(std::string_view field) {
    for (bool first = true; !field.empty(); first = false) {
        std::string_view line = takeLine(field);
        line.remove_suffix(2);
        if (line.size() > lineMust || isBlank(line) || (!first && !isWhite(line.front())))
            return false;
        if (std::any_of(line.begin(), line.end(),
                        [](char c) { return text::isControl(c) && c != '\t'; })) {
            return false;
        }
    }
    return true;
}

/// `value` on one line, with nothing that could end it.
std::string flattened(std::string_view value) {
    std::string flat{value};
    std::replace_if(flat.begin(), flat.end(), text::isControl, ' ');
    return std::string{text::trim(flat)};
}

/// Takes a word and the white space before it off the front.
std::string_view takeWord(std::string_view& rest) {
    std::size_t end = std::min(rest.find_first_not_of(' '), rest.size());
    end = std::min(rest.find(' ', end), rest.size());
    const std::string_view word = rest.substr(0, end);
    rest.remove_prefix(end);
    return word;
}

/// A header field that grows word by word and folds itself.
class FoldedField {
public:
    explicit FoldedField(std::string_view name) : text_(name), lineLength_(name.size() + 1) {
        text_ += ':';
    }

    /// `word` begins with the white space at which a line may end.
    void add(std::string_view word) {
        // a name never stands alone on its line; a word that fits no line at all is broken below
        const bool full = lineLength_ + word.size() > lineShould;
        if (full && hasWords_) fold();
        while (lineLength_ + word.size() > lineMust) {
            const std::string_view piece = text::prefix(word, lineMust - lineLength_);
            append(piece);
            word.remove_prefix(piece.size());
            fold();
            append(" ");
        }
        append(word);
        hasWords_ = true;
    }

    std::string finish() && { return std::move(text_ += "\r\n"); }

private:
    void append(std::string_view text) {
        text_ += text;
        lineLength_ += text.size();
    }
    void fold() {
        text_ += "\r\n";
        lineLength_ = 0;
    }

    std::string text_;
    std::size_t lineLength_;
    bool hasWords_ = false;
};

}  // namespace

HeaderSection HeaderSection::parse(std::string octets) {
    HeaderSection section;
    section.octets_.assign(octets.begin(), octets.end());
    std::string_view rest{section.octets_.data(), section.octets_.size()};

    while (!rest.empty() && !rest.starts_with("\r\n")) {
        const std::string_view start = rest;
        std::size_t size = takeLine(rest).size();
        while (!rest.empty() && isWhite(rest.front()))
            size += takeLine(rest).size();
        section.fields_.push_back(makeField(start.substr(0, size)));
        if (section.fields_.back().name.empty()) section.wellFormed_ = false;
    }
    return section;
}

const HeaderField* HeaderSection::find(std::string_view name) const {
    const auto found = std::find_if(fields_.begin(), fields_.end(), [&](const HeaderField& field) {
        return text::equalsIgnoreCase(field.name, name);
    });
    return found == fields_.end() ? nullptr : &*found;
}

std::size_t HeaderSection::count(std::string_view name) const {
    return static_cast<std::size_t>(std::count_if(
        fields_.begin(), fields_.end(),
        [&](const HeaderField& field) { return text::equalsIgnoreCase(field.name, name); }));
}

std::string unfold(std::string_view value) {
    std::string flat;
    flat.reserve(value.size());
    for (std::size_t i = 0; i < value.size(); ++i) {
        const bool fold =
            value.substr(i).starts_with("\r\n") && i + 2 < value.size() && isWhite(value[i + 2]);
        if (fold) {
            ++i;
        } else {
            flat += value[i] == '\r' || value[i] == '\n' ? ' ' : value[i];
        }
    }
    return std::string{text::trim(flat)};
}

CommentEnd commentEnd(std::string_view text, std::size_t begin) {
    std::size_t depth = 0;
    for (std::size_t i = begin; i < text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
        } else if (text[i] == '(') {
            ++depth;
        } else if (text[i] == ')' && --depth == 0) {
            return {i + 1, true};
        }
    }
    return {text.size(), false};
}

std::string composeField(std::string_view name, std::string_view value) {
    std::string flat = flattened(value);
    if (!flat.empty()) flat.insert(0, 1, ' ');
    FoldedField field{name};
    std::string_view rest = flat;
    while (!rest.empty())
        field.add(takeWord(rest));
    return std::move(field).finish();
}

std::string composeFoldedField(std::string_view name, std::string_view value) {
    if (value.find("\r\n") == std::string_view::npos) return composeField(name, value);
    std::string field{name};
    field.append(": ").append(value).append("\r\n");
    return isFoldedProperly(field) ? field : composeField(name, value);
}

}  // namespace postrider::mail
