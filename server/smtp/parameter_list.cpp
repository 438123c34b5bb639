#include "server/smtp/parameter_list.h"

#include "common/base/text.h"
#include "common/mail/date.h"
#include "server/smtp/replies.h"

#include <algorithm>
#include <array>
#include <chrono>
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

/// 1 to 9 digits, the first no zero (RFC 4865 section 4).
std::optional<std::chrono::seconds> parseInterval(std::string_view digits) {
    if (digits.empty() || digits.size() > 9 || digits.front() == '0') return std::nullopt;
    const auto seconds = text::parseUnsigned(digits);
    if (!seconds) return std::nullopt;
    return std::chrono::seconds{*seconds};
}

/// Takes a parameter in; false when its value is wrong. An absent value is none; there is no empty
/// one.
template <class Parameters>
struct Known {
    std::string_view keyword;
    bool (*take)(std::optional<std::string_view> value, Parameters& to);
};

using Value = std::optional<std::string_view>;

/// Puts a value that could be read into its place.
template <class Parsed, class Target>
bool store(Parsed parsed, Target& target) {
    if (!parsed) return false;
    target = *std::move(parsed);
    return true;
}

/// A flag has no value.
bool raise(Value value, bool& flag) {
    flag = true;
    return !value;
}

// Captureless lambdas keep each keyword and its meaning on one line.
constexpr std::array<Known<mail::MailParameters>, 9> ofMail{{
    {"SIZE", [](Value v, auto& to) { return v && store(parseSize(*v), to.size); }},
    {"BODY", [](Value v, auto& to) { return v && store(mail::bodyTypeFromString(*v), to.body); }},
    {"SMTPUTF8", [](Value v, auto& to) { return raise(v, to.smtputf8); }},
    {"AUTH", [](Value v, auto&) { return v.has_value(); }},
    {"RET", [](Value v, auto& to) { return v && store(mail::retFromString(*v), to.ret); }},
    {"ENVID", [](Value v, auto& to) { return v && store(mail::envidFromXtext(*v), to.envid); }},
    {"REQUIRETLS", [](Value v, auto& to) { return raise(v, to.requireTls); }},
    {"HOLDFOR", [](Value v, auto& to) { return v && store(parseInterval(*v), to.holdFor); }},
    {"HOLDUNTIL",
     [](Value v, auto& to) { return v && store(mail::parseIsoTime(*v), to.holdUntil); }},
}};

constexpr std::array<Known<mail::RcptParameters>, 2> ofRcpt{{
    {"NOTIFY", [](Value v, auto& to) { return v && store(mail::notifyFromString(*v), to.notify); }},
    {"ORCPT",
     [](Value v, auto& to) { return v && store(mail::originalRecipientFromXtext(*v), to.orcpt); }},
}};

template <class Parameters, std::size_t size>
Result<Parameters, mail::Reply> parseList(std::string_view text,
                                          const std::array<Known<Parameters>, size>& known) {
    Parameters parameters;
    std::set<std::string> seen;
    for (const auto word : text::split(text, ' ')) {
        if (word.empty()) continue;
        const auto parameter = parseParameter(word);
        if (!parameter || !seen.insert(parameter->keyword).second) {
            return Unexpected{replies::badParameter()};
        }
        const auto found =
            std::ranges::find(known, parameter->keyword, &Known<Parameters>::keyword);
        if (found == known.end()) return Unexpected{replies::unknownParameter()};
        if (!found->take(parameter->value, parameters)) {
            return Unexpected{replies::badParameter()};
        }
    }
    return parameters;
}

}  // namespace

Result<mail::MailParameters, mail::Reply> parseMailParameters(std::string_view text) {
    auto parameters = parseList(text, ofMail);
    // RFC 4865 section 4: one of the two at most
    if (parameters && parameters->holdFor && parameters->holdUntil) {
        return Unexpected{replies::badParameter()};
    }
    return parameters;
}

Result<mail::RcptParameters, mail::Reply> parseRcptParameters(std::string_view text) {
    return parseList(text, ofRcpt);
}

}  // namespace postrider::smtp
