#include "common/mail/address_list.h"

#include "common/base/text.h"
#include "common/mail/header.h"

#include <string>
#include <utility>

namespace postrider::mail {

namespace {

/// What a list is made of: an element's text without comments, and where its angle brackets are.
struct Element {
    std::string text{};
    std::optional<std::size_t> open{};   ///< position of `<`
    std::optional<std::size_t> close{};  ///< position of `>`
    bool hasName = false;                ///< a group's name stood before it
};

/// One pass over a field's value; each delimiter inside of quotes, comments and brackets is text.
class ListReader {
public:
    explicit ListReader(std::string_view value) : value_(value) {}

    /// Nothing when something does not end, or stands where it cannot.
    std::optional<std::vector<Element>> read() {
        while (at_ < value_.size()) {
            if (!takeOne()) return std::nullopt;
        }
        if (element_.open && !element_.close) return std::nullopt;
        finish();
        return std::move(elements_);
    }

private:
    bool takeOne() {
        const char c = value_[at_];
        const bool inside = element_.open && !element_.close;
        switch (c) {
            case '(':
                return skipComment();
            case '"':
                return takeThrough('"');
            case '[':
                return takeThrough(']');
            case '<':
                if (element_.open) return false;
                element_.open = element_.text.size();
                break;
            case '>':
                if (!inside) return false;
                element_.close = element_.text.size();
                break;
            case ':':
                if (inside) break;  // of a source route
                if (element_.open || element_.hasName) return false;
                element_.text.clear();
                element_.hasName = true;
                ++at_;
                return true;
            case ',':
            case ';':
                if (inside) break;
                finish();
                ++at_;
                return true;
            default:
                break;
        }
        element_.text += c;
        ++at_;
        return true;
    }

    bool skipComment() {
        const auto end = commentEnd(value_, at_);
        at_ = end.position;
        element_.text += ' ';
        return end.isClosed;
    }

    /// A quoted string or a domain literal.
    bool takeThrough(char last) {
        element_.text += value_[at_];
        while (++at_ < value_.size()) {
            const char c = value_[at_];
            element_.text += c;
            if (c == last) {
                ++at_;
                return true;
            }
            if (c == '\\' && at_ + 1 < value_.size()) element_.text += value_[++at_];
        }
        return false;
    }

    void finish() { elements_.push_back(std::exchange(element_, {})); }

    std::string_view value_;
    std::size_t at_ = 0;
    Element element_;
    std::vector<Element> elements_;
};

/// The address of an element; empty when it has none. Nothing when words stand where none belong.
std::optional<std::string_view> addressIn(const Element& element) {
    const std::string_view whole = element.text;
    if (!element.open) return text::trim(whole);
    if (!text::trim(whole.substr(*element.close + 1)).empty()) return std::nullopt;
    auto address = text::trim(whole.substr(*element.open + 1, *element.close - *element.open - 1));
    if (address.starts_with('@')) {  // a source route, which means nothing today
        const auto colon = address.find(':');
        if (colon == std::string_view::npos) return std::nullopt;
        address = text::trim(address.substr(colon + 1));
    }
    if (address.empty()) return std::nullopt;
    return address;
}

}  // namespace

std::optional<std::vector<Mailbox>> parseAddressList(std::string_view value) {
    const auto elements = ListReader{unfold(value)}.read();
    if (!elements) return std::nullopt;
    std::vector<Mailbox> mailboxes;
    for (const Element& element : *elements) {
        const auto address = addressIn(element);
        if (!address) return std::nullopt;
        if (address->empty()) continue;
        auto mailbox = Mailbox::parse(*address);
        if (!mailbox || mailboxes.size() == addressListLimit) return std::nullopt;
        mailboxes.push_back(std::move(*mailbox));
    }
    return mailboxes;
}

}  // namespace postrider::mail
