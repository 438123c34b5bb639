#include "server/journal/explain.h"

#include "common/base/ip_address.h"
#include "common/base/text.h"
#include "server/journal/sentence.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace postrider::journal {

namespace {

using Entries = std::vector<JournalEntry>;

/// Entries that make one story, under one heading.
struct Chapter {
    std::string heading;
    std::vector<const JournalEntry*> entries;
};

Entries entriesAbout(const JournalReader& reader, std::string_view subject) {
    if (const auto ip = IpAddress::parse(subject)) return reader.ofClient(ip->toString());
    if (subject.find('@') != std::string_view::npos) return reader.ofAddress(subject);
    Entries entries = reader.ofMessage(subject);
    if (!entries.empty()) return entries;
    entries = reader.ofSession(subject);
    if (!entries.empty()) return entries;
    return reader.ofAddress(subject);  // "postmaster" is an address of its own
}

/// For sessions that brought exactly one message: which. Their decisions belong to its story.
std::map<std::string, std::string> onlyMessages(const Entries& entries) {
    std::map<std::string, std::set<std::string>> messages;
    for (const auto& entry : entries) {
        if (!entry.sessionId.empty() && !entry.queueId.empty())
            messages[entry.sessionId].insert(entry.queueId);
    }
    std::map<std::string, std::string> only;
    for (const auto& [session, ids] : messages) {
        if (ids.size() == 1) only.emplace(session, *ids.begin());
    }
    return only;
}

std::string headingOf(const JournalEntry& entry, const std::map<std::string, std::string>& only) {
    if (!entry.queueId.empty()) return "Message " + entry.queueId;
    if (entry.sessionId.empty()) return "Without a session";
    const auto message = only.find(entry.sessionId);
    if (message != only.end()) return "Message " + message->second;
    return "Session " + entry.sessionId;
}

/// In the order in which the stories begin.
std::vector<Chapter> chaptersOf(const Entries& entries) {
    const auto only = onlyMessages(entries);
    std::vector<Chapter> chapters;
    std::map<std::string, std::size_t> places;
    for (const auto& entry : entries) {
        const std::string heading = headingOf(entry, only);
        const auto [place, isNew] = places.try_emplace(heading, chapters.size());
        if (isNew) chapters.push_back({heading, {}});
        chapters[place->second].entries.push_back(&entry);
    }
    return chapters;
}

/// What is known in the end of one recipient; nothing for decisions that settle nothing.
std::optional<std::string> standing(const JournalEntry& entry) {
    if (entry.step != "settle") return std::nullopt;
    if (entry.outcome == "delivered") return "delivered";
    if (entry.outcome == "deferred") {
        const std::string next = entry.input("next");
        return next.empty() ? "waiting for the next try" : "waiting, next try at " + next;
    }
    if (entry.outcome == "failed") return "failed: " + entry.reason;
    if (entry.outcome == "expired") return "given up: " + entry.reason;
    return entry.outcome;
}

std::string tell(const Chapter& chapter) {
    std::string text = chapter.heading + "\n";
    std::map<std::string, std::string> standings;
    bool queued = false;
    for (const JournalEntry* entry : chapter.entries) {
        text.append("  ").append(entry->at).append("  ").append(sentenceOf(*entry)).append("\n");
        queued = queued || entry->step == "queue";
        if (auto now = standing(*entry)) standings[entry->address] = std::move(*now);
    }
    for (const auto& [address, state] : standings)
        text.append("  In the end, ").append(address).append(": ").append(state).append("\n");
    if (queued && standings.empty()) text += "  So far no recipient has been settled.\n";
    return text;
}

std::string nothingKnown(std::string_view subject) {
    return "The journal has nothing about " + text::printable(subject, 320) +
           ".\n"
           "Either it never came to this server, or it is older than what the journal keeps"
           " (journal.max_age, journal.max_size), or it is misspelt.\n"
           "Ask for a queue id, a session id, a mailbox or an IP address.\n";
}

}  // namespace

Explanation explain(const JournalReader& reader, std::string_view subject) {
    const std::string_view wanted = text::trim(subject);
    const Entries entries = entriesAbout(reader, wanted);
    if (entries.empty()) return {false, nothingKnown(wanted)};
    Explanation explanation{true, {}};
    for (const auto& chapter : chaptersOf(entries)) {
        if (!explanation.text.empty()) explanation.text += "\n";
        explanation.text += tell(chapter);
    }
    return explanation;
}

}  // namespace postrider::journal
