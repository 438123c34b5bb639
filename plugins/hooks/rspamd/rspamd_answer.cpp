#include "plugins/hooks/rspamd/rspamd_answer.h"

#include "common/base/text.h"

#include <Poco/Dynamic/Var.h>
#include <Poco/Exception.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace postrider::hooks {

namespace {

using Poco::Dynamic::Var;
using Poco::JSON::Array;
using Poco::JSON::Object;

constexpr std::size_t mostFields = 1000;

std::optional<RspamdAction> actionOf(std::string_view name) {
    constexpr std::array<std::pair<std::string_view, RspamdAction>, 8> names{
        {{"no action", RspamdAction::NoAction},
         {"add header", RspamdAction::AddHeader},
         {"rewrite subject", RspamdAction::RewriteSubject},
         {"greylist", RspamdAction::Greylist},
         {"soft reject", RspamdAction::SoftReject},
         {"reject", RspamdAction::Reject},
         {"discard", RspamdAction::Discard},
         {"quarantine", RspamdAction::Quarantine}}};
    const auto* const found = std::find_if(
        names.begin(), names.end(), [name](const auto& known) { return known.first == name; });
    if (found == names.end()) return std::nullopt;
    return found->second;
}

std::optional<std::string> textOf(const Var& value) {
    if (!value.isString()) return std::nullopt;
    return value.extract<std::string>();
}

Object::Ptr objectOf(const Object& object, const std::string& key) {
    const Var value = object.get(key);
    if (value.type() != typeid(Object::Ptr)) return {};
    return value.extract<Object::Ptr>();
}

std::optional<std::uint64_t> countOf(const Var& value) {
    if (!value.isInteger() || value.convert<std::int64_t>() < 0) return std::nullopt;
    return static_cast<std::uint64_t>(value.convert<std::int64_t>());
}

/// A reply may carry what fits one short line of it, and nothing else.
std::optional<std::string> sayable(const Var& value) {
    constexpr std::size_t longest = 200;
    auto words = textOf(value);
    const bool fits = words && !words->empty() && words->size() <= longest &&
                      text::isAscii(*words) && !text::hasControl(*words);
    return fits ? words : std::nullopt;
}

/// A string, an object of value and order, or an array of these.
void addField(RspamdAnswer& answer, const std::string& name, const Var& value) {
    if (value.type() == typeid(Array::Ptr)) {
        for (const Var& one : *value.extract<Array::Ptr>())
            addField(answer, name, one);
        return;
    }
    std::optional<std::string> words;
    std::optional<std::uint64_t> place;
    if (value.type() == typeid(Object::Ptr)) {
        const auto& object = value.extract<Object::Ptr>();
        words = textOf(object->get("value"));
        place = countOf(object->get("order"));
    } else {
        words = textOf(value);
    }
    if (words) answer.newFields.push_back({name, *std::move(words), place});
}

/// A number, or an array of numbers.
void removeField(RspamdAnswer& answer, const std::string& name, const Var& value) {
    if (value.type() == typeid(Array::Ptr)) {
        for (const Var& one : *value.extract<Array::Ptr>())
            removeField(answer, name, one);
        return;
    }
    if (const auto which = countOf(value)) answer.oldFields.push_back({name, *which});
}

void readFields(RspamdAnswer& answer, const Object& root) {
    if (const auto milter = objectOf(root, "milter"); !milter.isNull()) {
        if (const auto fields = objectOf(*milter, "remove_headers"); !fields.isNull()) {
            for (const auto& [name, value] : *fields)
                removeField(answer, name, value);
        }
        if (const auto fields = objectOf(*milter, "add_headers"); !fields.isNull()) {
            for (const auto& [name, value] : *fields)
                addField(answer, name, value);
        }
    }
    const std::string signature = "DKIM-Signature";
    const auto before = answer.newFields.size();
    addField(answer, signature, root.get("dkim-signature"));
    for (auto i = before; i < answer.newFields.size(); ++i)
        answer.newFields[i].place = 0;
}

Result<RspamdAnswer, std::string> read(const Object& root) {
    const auto name = textOf(root.get("action"));
    if (!name) return Unexpected{std::string{"an answer without an action"}};
    const auto action = actionOf(*name);
    if (!action) return Unexpected{"the unknown action " + text::printable(*name, 100)};
    RspamdAnswer answer;
    answer.action = *action;
    if (const Var score = root.get("score"); score.isNumeric()) {
        answer.score = text::printable(score.convert<std::string>(), 20);
    }
    if (const auto messages = objectOf(root, "messages"); !messages.isNull()) {
        answer.message = sayable(messages->get("smtp_message"));
    }
    answer.subject = textOf(root.get("subject"));
    readFields(answer, root);
    if (answer.newFields.size() + answer.oldFields.size() > mostFields) {
        return Unexpected{std::string{"an answer with more than 1000 fields"}};
    }
    return answer;
}

mail::Verdict refusal(int code, mail::EnhancedStatus status, const RspamdAnswer& answer,
                      std::string_view otherwise) {
    return mail::Refuse{mail::Reply{code, status, answer.message.value_or(std::string{otherwise})},
                        "rspamd, score " + answer.score};
}

/// Lines of a value end in CRLF, as in the message.
std::string linesOf(std::string_view text) {
    std::string value;
    for (const char c : text) {
        if (c == '\n' && !value.ends_with('\r')) value += '\r';
        value += c;
    }
    return value;
}

std::vector<mail::Edit> editsOf(const RspamdAnswer& answer, const mail::HeaderSection& header) {
    std::vector<mail::Edit> edits;
    for (const auto& [name, which] : answer.oldFields) {
        const std::uint64_t first = which == 0 ? 0 : which - 1;
        const std::uint64_t end = which == 0 ? header.count(name) : which;
        for (std::uint64_t index = first; index < end; ++index)
            edits.emplace_back(mail::RemoveHeader{name, index});
    }
    for (const auto& [name, value, place] : answer.newFields) {
        if (place.value_or(2) <= 1) {
            edits.emplace_back(mail::PrependHeader{name, linesOf(value)});
        } else {
            const auto below = place ? *place - 1 : std::numeric_limits<std::size_t>::max();
            edits.emplace_back(mail::InsertHeader{below, name, linesOf(value)});
        }
    }
    if (answer.action == RspamdAction::RewriteSubject && answer.subject) {
        edits.emplace_back(mail::ChangeHeader{"Subject", 0, *answer.subject});
    }
    if (answer.action == RspamdAction::Quarantine) {
        edits.emplace_back(mail::Quarantine{"rspamd, score " + answer.score});
    }
    return edits;
}

}  // namespace

Result<RspamdAnswer, std::string> RspamdAnswer::parse(const std::string& json) {
    constexpr std::size_t deepest = 50;
    try {
        Poco::JSON::Parser parser;
        parser.setDepth(deepest);
        const Var root = parser.parse(json);
        if (root.type() != typeid(Object::Ptr)) return Unexpected{std::string{"no JSON object"}};
        return read(*root.extract<Object::Ptr>());
    } catch (const Poco::Exception& error) {
        return Unexpected{"no JSON: " + text::printable(error.displayText(), 200)};
    }
}

mail::MessageVerdict verdictOf(const RspamdAnswer& answer, const mail::HeaderSection& header) {
    switch (answer.action) {
        case RspamdAction::NoAction:
        case RspamdAction::Greylist:  // its module says "soft reject" while somebody has to wait
        case RspamdAction::AddHeader:
        case RspamdAction::RewriteSubject:
        case RspamdAction::Quarantine:
            return {mail::Proceed{}, editsOf(answer, header)};
        case RspamdAction::SoftReject:
            return {refusal(451, {4, 7, 1}, answer, "Please try again later"), {}};
        case RspamdAction::Reject:
            return {refusal(554, {5, 7, 1}, answer, "This message looks like spam"), {}};
        case RspamdAction::Discard:
            break;
    }
    return {mail::Discard{"rspamd, score " + answer.score}, {}};
}

}  // namespace postrider::hooks
