#include "server/dsn/report_text.h"

#include "common/base/text.h"
#include "common/mail/date.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace postrider::dsn {

namespace {

constexpr std::size_t maxNamed = 50;
constexpr std::size_t lineWidth = 72;
constexpr std::size_t maxAddress = 320;
constexpr std::size_t maxDiagnostic = 500;

/// A paragraph broken at spaces.
std::string wrapped(std::string_view text, std::string_view indent) {
    std::string out;
    std::string line{indent};
    for (const std::string_view word : text::split(text, ' ')) {
        if (word.empty()) continue;
        const bool first = line.size() == indent.size();
        if (!first && line.size() + 1 + word.size() > lineWidth) {
            out += line + "\r\n";
            line = indent;
        } else if (!first) {
            line += ' ';
        }
        line += word;
    }
    return out + line + "\r\n";
}

std::string inWords(std::chrono::seconds time) {
    struct Unit {
        std::int64_t seconds;
        std::string_view name;
    };
    constexpr std::array units{Unit{86400, "day"}, Unit{3600, "hour"}, Unit{60, "minute"},
                               Unit{1, "second"}};
    const std::int64_t total = std::max<std::int64_t>(time.count(), 1);
    const auto* const unit =
        std::find_if(units.begin(), units.end(), [&](const Unit& u) { return total >= u.seconds; });
    const std::int64_t count = total / unit->seconds;
    std::string words = std::to_string(count) + ' ';
    words += unit->name;
    return count == 1 ? words : words + 's';
}

std::string whatHappened(const ReportedRecipient& recipient, const ReportTextFacts& facts) {
    std::string said = safeText(recipient.diagnostic, maxDiagnostic, facts.charset);
    const std::string who = safeText(recipient.remoteMta, maxAddress, facts.charset);
    std::string last =
        who.empty() ? "The last problem was: " + said : "The server " + who + " said: " + said;
    switch (recipient.fate) {
        case Fate::Refused:
            return who.empty() ? "It cannot be delivered: " + said
                               : "The server " + who + " refused it: " + said;
        case Fate::GivenUp:
            return "It was tried for " +
                   inWords(std::chrono::floor<std::chrono::seconds>(facts.now - facts.triedSince)) +
                   " and then given up. " + last;
        case Fate::Delayed:
            return last;
        case Fate::Delivered:
            return "It was delivered.";
        case Fate::Relayed:
            return "It was handed to the server " + who +
                   ", which does not tell us what becomes of it: you may hear nothing more.";
        case Fate::Expanded:
            return "This address stands for several others. The message goes on to them, and you "
                   "are not told of each.";
    }
    return said;
}

/// Recipients that are told of together.
struct Section {
    bool (*holds)(Fate fate);
    std::string_view opening;  ///< behind "Your message of (date)"
    std::string (*closing)(const ReportTextFacts& facts);
};

std::string helpWithFailures(const ReportTextFacts& facts) {
    return "It will not be tried again. If you need help, please write to postmaster@" +
           safeText(facts.hostname, maxAddress, facts.charset) + " and send this report along.";
}

std::string patience(const ReportTextFacts& facts) {
    return "It will be tried again until " + mail::formatDate(facts.expiresAt) +
           ". You need not send it again.";
}

constexpr std::array sections{
    Section{isFailure, "could not be delivered to", helpWithFailures},
    Section{[](Fate fate) { return fate == Fate::Delayed; }, "could not be delivered yet to",
            patience},
    Section{[](Fate fate) { return !isFailure(fate) && fate != Fate::Delayed; }, "was accepted for",
            [](const ReportTextFacts&) { return std::string{}; }},
};

std::string composeSection(const Section& section, const std::vector<ReportedRecipient>& recipients,
                           const ReportTextFacts& facts) {
    const auto holds = [&](const ReportedRecipient& r) { return section.holds(r.fate); };
    const auto count =
        static_cast<std::size_t>(std::count_if(recipients.begin(), recipients.end(), holds));
    if (count == 0) return {};
    std::string text = wrapped("Your message of " + mail::formatDate(facts.receivedAt) + ' ' +
                                   std::string{section.opening} +
                                   (count == 1 ? " this recipient:" : " these recipients:"),
                               "") +
                       "\r\n";
    std::size_t named = 0;
    for (const ReportedRecipient& recipient : recipients) {
        if (!holds(recipient) || named == maxNamed) continue;
        ++named;
        text += '<' + safeText(recipient.original.toString(), maxAddress, facts.charset) + ">\r\n" +
                wrapped(whatHappened(recipient, facts), "    ") + "\r\n";
    }
    if (named < count) {
        text += wrapped("... and " + std::to_string(count - named) +
                            " more, named in the details below.",
                        "") +
                "\r\n";
    }
    const std::string closing = section.closing(facts);
    return closing.empty() ? text : text + wrapped(closing, "") + "\r\n";
}

std::string whatFollows(Returned returned) {
    switch (returned) {
        case Returned::Nothing:
            return "Details for machines follow.";
        case Returned::Header:
            return "Details for machines and the header of your message follow.";
        case Returned::Everything:
            return "Details for machines and your message follow.";
    }
    return {};
}

}  // namespace

std::string composeReportText(const std::vector<ReportedRecipient>& recipients,
                              const ReportTextFacts& facts) {
    const std::string host = safeText(facts.hostname, maxAddress, facts.charset);
    std::string text = wrapped("This is the mail server " + host + ".", "") + "\r\n";
    for (const Section& section : sections)
        text += composeSection(section, recipients, facts);
    return text + wrapped(whatFollows(facts.returned), "");
}

}  // namespace postrider::dsn
