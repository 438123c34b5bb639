#include "server/journal/sentence.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace postrider::journal {

namespace {

struct Wording {
    std::string_view word;
    std::string_view phrase;
};

// `%` stands for the address.
constexpr std::array subjects{
    Wording{"connect", "The connection"},
    Wording{"ehlo", "The client's greeting"},
    Wording{"tls", "TLS"},
    Wording{"auth", "Authentication as %"},
    Wording{"mail", "The reverse-path %"},
    Wording{"rcpt", "The recipient %"},
    Wording{"content", "The content"},
    Wording{"alias", "The address %"},
    Wording{"hook", "A hook"},
    Wording{"route", "The address %"},
    Wording{"queue", "The message"},
    Wording{"attempt", "The delivery to %"},
    Wording{"settle", "The recipient %"},
    Wording{"dsn", "The notification for %"},
    Wording{"action", "An operator's wish"},
    Wording{"disconnect", "The session"},
};

constexpr std::array outcomes{
    Wording{"accepted", "was accepted"},
    Wording{"refused", "was refused"},
    Wording{"local", "is local"},
    Wording{"remote", "is remote"},
    Wording{"unknown", "is not known here"},
    Wording{"expanded", "was expanded"},
    Wording{"routed", "was routed"},
    Wording{"proceed", "had no objection"},
    Wording{"changed", "changed the message"},
    Wording{"discarded", "was discarded"},
    Wording{"started", "was tried"},
    Wording{"delivered", "was delivered"},
    Wording{"deferred", "was deferred"},
    Wording{"failed", "failed"},
    Wording{"expired", "was given up"},
    Wording{"queued", "was queued"},
    Wording{"held", "was put on hold"},
    Wording{"released", "was released"},
    Wording{"removed", "was removed"},
    Wording{"ended", "ended"},
};

/// What is told differently from subject and outcome. `%name` stands for an input, `%` for the
/// address.
struct Special {
    std::string_view step;
    std::string_view outcome;
    std::string_view text;
};
constexpr std::array specials{
    Special{"connect", "accepted", "A client connected from %ip to the %listener port"},
    Special{"connect", "refused", "The connection from %ip was refused"},
    Special{"queue", "accepted", "The message from % was queued"},
    Special{"settle", "delivered", "Delivered to %"},
    Special{"settle", "deferred", "Delivery to % was deferred; the next try is at %next"},
    Special{"settle", "failed", "Delivery to % failed for good"},
    Special{"settle", "expired", "Delivery to % was given up"},
    Special{"attempt", "started", "Delivery to % was tried"},
    Special{"attempt", "delivered", "The courier delivered to %"},
    Special{"attempt", "deferred", "The courier could not deliver to % yet"},
    Special{"attempt", "failed", "The courier cannot deliver to %"},
    Special{"hook", "discarded", "A hook discarded the message"},
    Special{"hook", "refused", "A hook refused"},
    Special{"hook", "failed", "A hook could not be asked"},
    Special{"dsn", "queued", "A notification for % was queued as %dsn"},
    Special{"dsn", "unwanted", "Nobody is notified about %"},
    Special{"dsn", "cause", "This message is the notification about %cause"},
    Special{"action", "held", "%by put it on hold"},
    Special{"action", "released", "%by released it"},
    Special{"action", "removed", "%by removed it"},
    Special{"action", "expire", "%by gave it up"},
    Special{"disconnect", "ended", "The session ended"},
};

template <std::size_t N>
std::string_view phraseFor(const std::array<Wording, N>& words, std::string_view word) {
    const auto* const found =
        std::find_if(words.begin(), words.end(), [&](const Wording& w) { return w.word == word; });
    return found == words.end() ? std::string_view{} : found->phrase;
}

std::string addressOf(const JournalEntry& entry) {
    return entry.address.empty() ? "<>" : entry.address;
}

/// The value a placeholder stands for, and remembers which inputs are told already.
std::string valueFor(const JournalEntry& entry, std::string_view name,
                     std::vector<std::string>& told) {
    if (name.empty()) return addressOf(entry);
    if (name == "ip") return entry.clientIp.empty() ? "an unknown address" : entry.clientIp;
    told.emplace_back(name);
    const std::string value = entry.input(name);
    return value.empty() ? "(unknown)" : value;
}

std::string filled(std::string_view pattern, const JournalEntry& entry,
                   std::vector<std::string>& told) {
    std::string text;
    while (!pattern.empty()) {
        const std::size_t mark = std::min(pattern.find('%'), pattern.size());
        text += pattern.substr(0, mark);
        pattern.remove_prefix(mark);
        if (pattern.empty()) break;
        const std::size_t end =
            std::min(pattern.find_first_not_of("abcdefghijklmnopqrstuvwxyz", 1), pattern.size());
        text += valueFor(entry, pattern.substr(1, end - 1), told);
        pattern.remove_prefix(end);
    }
    return text;
}

std::string opening(const JournalEntry& entry, std::vector<std::string>& told) {
    const auto* const special = std::find_if(
        specials.begin(), specials.end(),
        [&](const Special& s) { return s.step == entry.step && s.outcome == entry.outcome; });
    if (special != specials.end()) return filled(special->text, entry, told);

    const std::string_view subject = phraseFor(subjects, entry.step);
    const std::string_view outcome = phraseFor(outcomes, entry.outcome);
    std::string text = subject.empty() ? entry.step : filled(subject, entry, told);
    text += outcome.empty() ? ": " + entry.outcome : " " + std::string{outcome};
    return text;
}

std::string remainingInputs(const JournalEntry& entry, const std::vector<std::string>& told) {
    std::string text;
    for (const auto& [key, value] : entry.inputs) {
        if (value.empty() || std::find(told.begin(), told.end(), key) != told.end()) continue;
        text.append(text.empty() ? "" : ", ").append(key).append(" ").append(value);
    }
    return text;
}

}  // namespace

std::string sentenceOf(const JournalEntry& entry) {
    std::vector<std::string> told;
    std::string text = opening(entry, told);
    if (!entry.reason.empty()) text += ": " + entry.reason;
    if (text.find_first_of(".!?", text.size() - 1) == std::string::npos) text += '.';
    const std::string rest = remainingInputs(entry, told);
    if (!rest.empty()) text += " (" + rest + ")";
    return text;
}

}  // namespace postrider::journal
