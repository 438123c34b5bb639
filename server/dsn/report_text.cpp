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

std::string whatHappened(const FailedRecipient& recipient, const ReportTextFacts& facts) {
    std::string said = safeText(recipient.diagnostic, maxDiagnostic, facts.charset);
    const std::string who = safeText(recipient.remoteMta, maxAddress, facts.charset);
    const std::string by = who.empty() ? "" : " The server " + who + " said:";
    switch (recipient.reason) {
        case Reason::Refused:
            return who.empty() ? "It cannot be delivered: " + said
                               : "The server " + who + " refused it: " + said;
        case Reason::GivenUp:
            return "It was tried for " +
                   inWords(std::chrono::floor<std::chrono::seconds>(facts.now - facts.receivedAt)) +
                   " and then given up." + (who.empty() ? " The last problem was:" : by) + ' ' +
                   said;
    }
    return said;
}

std::string closing(const ReportTextFacts& facts) {
    switch (facts.returned) {
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

std::string composeReportText(const std::vector<FailedRecipient>& recipients,
                              const ReportTextFacts& facts) {
    const bool one = recipients.size() == 1;
    const std::string host = safeText(facts.hostname, maxAddress, facts.charset);
    std::string text = wrapped("This is the mail server " + host + ".", "") + "\r\n";
    text +=
        wrapped(std::string{"Your message of "} + mail::formatDate(facts.receivedAt) +
                    " could not be delivered to " + (one ? "this recipient:" : "these recipients:"),
                "") +
        "\r\n";
    const std::size_t named = std::min(recipients.size(), maxNamed);
    for (std::size_t i = 0; i < named; ++i) {
        const std::string address =
            safeText(recipients[i].original.toString(), maxAddress, facts.charset);
        text +=
            '<' + address + ">\r\n" + wrapped(whatHappened(recipients[i], facts), "    ") + "\r\n";
    }
    if (named < recipients.size()) {
        text += wrapped("... and " + std::to_string(recipients.size() - named) +
                            " more, named in the details below.",
                        "") +
                "\r\n";
    }
    text += wrapped("It will not be tried again. If you need help, please write to postmaster@" +
                        host + " and send this report along.",
                    "") +
            "\r\n";
    return text + wrapped(closing(facts), "");
}

}  // namespace postrider::dsn
