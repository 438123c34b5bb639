#include "server/smtp/parameter_list.h"

#include "common/base/text.h"
#include "server/smtp/replies.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <string>

namespace postrider::smtp {

namespace {

struct Parameter {
    std::string keyword;  ///< in capitals
    std::optional<std::string_view> value;
};

bool isKeyword(std::string_view text) {
    const auto fits = [](char c) { return text::isAlnum(c) || c == '-'; };
    return !text.empty() && text::isAlnum(text.front()) && std::ranges::all_of(text, fits);
}

std::optional<Parameter> parseParameter(std::string_view word) {
    const auto equals = word.find('=');
    const auto keyword = word.substr(0, equals);
    if (!isKeyword(keyword)) return std::nullopt;
    if (equals == std::string_view::npos) return Parameter{text::upper(keyword), std::nullopt};
    const auto value = word.substr(equals + 1);
    if (value.empty() || value.find('=') != std::string_view::npos) return std::nullopt;
    return Parameter{text::upper(keyword), value};
}

/// 1 to 20 digits (RFC 1870 section 6). What does not fit 64 bits is too large for anybody, and
/// must not wrap around to something small.
std::optional<std::uint64_t> parseSize(std::string_view digits) {
    if (digits.empty() || digits.size() > 20) return std::nullopt;
    if (!std::ranges::all_of(digits, text::isDigit)) return std::nullopt;
    return text::parseUnsigned(digits).value_or(std::numeric_limits<std::uint64_t>::max());
}

/// BINARYMIME needs CHUNKING, which is not offered.
std::optional<mail::BodyType> parseBody(std::string_view value) {
    const auto body = mail::bodyTypeFromString(value);
    if (body == mail::BodyType::BinaryMime) return std::nullopt;
    return body;
}

/// Nothing when the parameter was taken in.
std::optional<mail::Reply> apply(const Parameter& parameter, mail::MailParameters& to) {
    const auto value = parameter.value.value_or("");
    if (parameter.keyword == "SIZE") {
        to.size = parseSize(value);
        if (!to.size) return replies::badParameter();
    } else if (parameter.keyword == "BODY") {
        const auto body = parseBody(value);
        if (!body) return replies::badParameter();
        to.body = *body;
    } else if (parameter.keyword == "SMTPUTF8") {
        if (parameter.value) return replies::badParameter();
        to.smtputf8 = true;
    } else if (parameter.keyword == "AUTH") {
        if (!parameter.value) return replies::badParameter();
    } else {
        return replies::unknownParameter();
    }
    return std::nullopt;
}

}  // namespace

Result<mail::MailParameters, mail::Reply> parseMailParameters(std::string_view text) {
    mail::MailParameters parameters;
    std::set<std::string> seen;
    for (const auto word : text::split(text, ' ')) {
        if (word.empty()) continue;
        const auto parameter = parseParameter(word);
        if (!parameter || !seen.insert(parameter->keyword).second) {
            return Unexpected{replies::badParameter()};
        }
        if (auto refusal = apply(*parameter, parameters)) return Unexpected{*std::move(refusal)};
    }
    return parameters;
}

Result<mail::RcptParameters, mail::Reply> parseRcptParameters(std::string_view text) {
    for (const auto word : text::split(text, ' ')) {
        if (word.empty()) continue;
        if (!parseParameter(word)) return Unexpected{replies::badParameter()};
        return Unexpected{replies::unknownParameter()};
    }
    return mail::RcptParameters{};
}

}  // namespace postrider::smtp
