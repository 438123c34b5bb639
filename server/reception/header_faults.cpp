#include "server/reception/header_faults.h"

#include "common/base/text.h"
#include "common/mail/auth_results.h"

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <utility>

namespace postrider::reception {

namespace {

using mail::HeaderField;

/// RFC 5322 section 2.1.1, without the CRLF.
constexpr std::size_t longestLine = 998;

bool isNamed(const HeaderField& field, std::string_view name) {
    return text::equalsIgnoreCase(field.name, name);
}

bool isMboxLine(const HeaderField& field) {
    return field.name.empty() &&
           (field.raw.starts_with("From ") || field.raw.starts_with(">From "));
}

bool hasLongLine(std::string_view raw) {
    while (!raw.empty()) {
        const auto end = std::min(raw.find("\r\n"), raw.size());
        if (end > longestLine) return true;
        raw.remove_prefix(std::min(end + 2, raw.size()));
    }
    return false;
}

std::string nameOrNothing(const HeaderField& field) {
    return field.name.empty() ? "a line" : std::string{field.name};
}

/// One examination of a section.
class Examiner {
public:
    Examiner(const mail::HeaderSection& header, const HeaderSurroundings& surroundings)
        : header_(header), surroundings_(surroundings) {}

    std::vector<FoundFault> examine() {
        if (header_.fields().size() > maxFields) {
            add(HeaderFault::TooManyFields, std::to_string(header_.fields().size()) + " fields");
        }
        firstWith(HeaderFault::Nul, " holds NUL", [](const HeaderField& field) {
            return field.raw.find('\0') != std::string_view::npos;
        });
        findBadLines();
        findMissing();
        findRepeated();
        firstWith(HeaderFault::LongLine, " has a line over 998 octets",
                  [](const HeaderField& field) { return hasLongLine(field.raw); });
        if (!surroundings_.smtputf8) {
            firstWith(HeaderFault::EightBit, " is not ASCII, without SMTPUTF8",
                      [](const HeaderField& field) { return !text::isAscii(field.raw); });
        }
        all(HeaderFault::ReturnPath, "Return-Path",
            [](const HeaderField& field) { return isNamed(field, "Return-Path"); });
        all(HeaderFault::ForgedResults, "Authentication-Results with our name",
            [this](const HeaderField& field) {
                return isNamed(field, "Authentication-Results") &&
                       mail::claimsToBeFrom(field.value, surroundings_.hostname);
            });
        return std::move(found_);
    }

private:
    using Predicate = std::function<bool(const HeaderField&)>;

    void add(HeaderFault fault, std::string detail, std::vector<const HeaderField*> fields = {}) {
        found_.push_back({fault, std::move(detail), std::move(fields)});
    }

    void firstWith(HeaderFault fault, std::string_view what, const Predicate& isBad) {
        const auto& fields = header_.fields();
        const auto bad = std::find_if(fields.begin(), fields.end(), isBad);
        if (bad != fields.end()) add(fault, nameOrNothing(*bad).append(what));
    }

    void all(HeaderFault fault, std::string_view what, const Predicate& isBad) {
        std::vector<const HeaderField*> bad;
        for (const HeaderField& field : header_.fields()) {
            if (isBad(field)) bad.push_back(&field);
        }
        if (!bad.empty()) add(fault, std::string{what}, std::move(bad));
    }

    void findBadLines() {
        const auto& fields = header_.fields();
        const bool mbox = !fields.empty() && isMboxLine(fields.front());
        const auto begin = fields.begin() + (mbox ? 1 : 0);
        const auto broken = std::find_if(
            begin, fields.end(), [](const HeaderField& field) { return field.name.empty(); });
        if (broken != fields.end()) {
            add(HeaderFault::BrokenLine,
                "'" + text::printable(text::trim(broken->value), 60) + "' is no field");
        }
        if (mbox) add(HeaderFault::MboxLine, "a From line of an mbox file", {&fields.front()});
    }

    void findMissing() {
        if (surroundings_.lacksHeader) add(HeaderFault::NoHeader, "no header");
        const std::pair<const char*, HeaderFault> required[] = {
            {"From", HeaderFault::NoFrom},
            {"Date", HeaderFault::NoDate},
            {"Message-ID", HeaderFault::NoMessageId},
        };
        for (const auto& [name, fault] : required) {
            if (header_.find(name) == nullptr) add(fault, std::string{"no "} + name);
        }
    }

    void findRepeated() {
        repeated(HeaderFault::SeveralFrom, {"From"});
        repeated(HeaderFault::SeveralOfOne, {"Sender", "Date", "Subject", "Message-ID"});
        repeated(HeaderFault::SeveralLists,
                 {"To", "Cc", "Bcc", "Reply-To", "In-Reply-To", "References"});
    }

    void repeated(HeaderFault fault, std::initializer_list<const char*> names) {
        const auto several = std::find_if(names.begin(), names.end(), [this](const char* name) {
            return header_.count(name) > 1;
        });
        if (several != names.end()) add(fault, std::string{"several "} + *several);
    }

    const mail::HeaderSection& header_;
    const HeaderSurroundings& surroundings_;
    std::vector<FoundFault> found_;
};

}  // namespace

std::vector<FoundFault> findFaults(const mail::HeaderSection& header,
                                   const HeaderSurroundings& surroundings) {
    return Examiner{header, surroundings}.examine();
}

}  // namespace postrider::reception
