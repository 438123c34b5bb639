#include "common/mail/auth_results.h"

#include "common/base/text.h"
#include "common/mail/domain.h"
#include "common/mail/header.h"

#include <algorithm>
#include <cstddef>

namespace postrider::mail {

namespace {

bool isSpace(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/// Behind white space and comments.
std::size_t skipCfws(std::string_view text, std::size_t at) {
    while (at < text.size()) {
        if (isSpace(text[at])) {
            ++at;
        } else if (text[at] == '(') {
            at = commentEnd(text, at).position;
        } else {
            break;
        }
    }
    return at;
}

/// RFC 2045 section 5.1: what ends a token. Other octets are taken for a part of it.
bool endsToken(char c) {
    return text::isControl(c) ||
           std::string_view{" ()<>@,;:\\\"/[]?="}.find(c) != std::string_view::npos;
}

std::string quotedString(std::string_view text, std::size_t at) {
    std::string decoded;
    while (++at < text.size() && text[at] != '"') {
        if (text[at] == '\\' && at + 1 < text.size()) ++at;
        if (!text::isControl(text[at])) decoded += text[at];
    }
    return decoded;
}

}  // namespace

std::string authservId(std::string_view value) {
    const auto begin = skipCfws(value, 0);
    if (begin == value.size()) return {};
    std::string id;
    if (value[begin] == '"') {
        id = text::lower(text::trim(quotedString(value, begin)));
    } else {
        const auto rest = value.substr(begin);
        const auto end = std::find_if(rest.begin(), rest.end(), endsToken);
        id = text::lower(rest.substr(0, static_cast<std::size_t>(end - rest.begin())));
    }
    if (id.ends_with('.')) id.pop_back();
    return id;
}

bool claimsToBeFrom(std::string_view value, std::string_view hostname) {
    const std::string id = authservId(value);
    if (text::equalsIgnoreCase(id, hostname)) return true;
    const auto named = Domain::parse(id);
    const auto ours = Domain::parse(hostname);
    return named && ours && *named == *ours;
}

}  // namespace postrider::mail
