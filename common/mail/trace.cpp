#include "common/mail/trace.h"

#include "common/base/text.h"
#include "common/mail/date.h"

#include <algorithm>
#include <vector>

namespace postrider::mail {

namespace {

/// NAME ([address]) (RFC 5321 section 4.4). A client that logged in is a person at home: neither
/// the address nor the EHLO name, which often is the address in other words, goes out into the
/// world.
std::string fromClause(const ReceivedFacts& facts) {
    if (facts.authenticated) return "localhost";
    if (!facts.client) return facts.ehlo.toString();
    const std::string tag = facts.client->isV4() ? "" : "IPv6:";
    return facts.ehlo.toString() + " ([" + tag + facts.client->toString() + "])";
}

/// RFC 3848 and RFC 6531 section 4.3.
std::string protocol(const ReceivedFacts& facts) {
    if (!facts.esmtp && !facts.utf8) return "SMTP";
    std::string word = facts.utf8 ? "UTF8SMTP" : "ESMTP";
    if (facts.tls) word += 'S';
    if (facts.authenticated) word += 'A';
    return word;
}

/// A word for the inside of a comment.
std::string commentWord(std::string_view text) {
    std::string word{text.substr(0, 64)};
    std::replace_if(
        word.begin(), word.end(),
        [](char c) { return !text::isAlnum(c) && c != '-' && c != '_' && c != '.' && c != '/'; },
        '?');
    return word;
}

std::string tlsComment(const ReceivedFacts& facts) {
    if (!facts.tls || facts.tlsVersion.empty()) return {};
    std::string comment = " (" + commentWord(facts.tlsVersion);
    if (!facts.tlsCipher.empty()) comment += ' ' + commentWord(facts.tlsCipher);
    return comment + ')';
}

std::string forClause(const ReceivedFacts& facts) {
    if (!facts.onlyRecipient || text::hasControl(*facts.onlyRecipient)) return {};
    // a header with UTF-8 belongs to SMTPUTF8 messages only (RFC 6532 section 3.1)
    if (!facts.utf8 && !text::isAscii(*facts.onlyRecipient)) return {};
    return "\r\n\tfor <" + *facts.onlyRecipient + '>';
}

/// The words of a structured value, without comments.
std::vector<std::string> wordsOf(std::string_view value) {
    const std::string flat = unfold(value);
    std::vector<std::string> words(1);
    for (std::size_t i = 0; i < flat.size();) {
        if (flat[i] == '(') {
            i = commentEnd(flat, i).position;
            words.emplace_back();
            continue;
        }
        const bool ends = flat[i] == ' ' || flat[i] == '\t' || flat[i] == ';';
        if (ends) {
            words.emplace_back();
        } else {
            words.back() += flat[i];
        }
        ++i;
    }
    std::erase(words, "");
    return words;
}

/// The word behind the first `keyword`; empty when there is none.
std::string wordBehind(const std::vector<std::string>& words, std::string_view keyword) {
    const auto found = std::find_if(words.begin(), words.end(), [&](const std::string& word) {
        return text::equalsIgnoreCase(word, keyword);
    });
    return found == words.end() || found + 1 == words.end() ? std::string{} : *(found + 1);
}

bool isSameMailbox(const Mailbox& a, const Mailbox& b) {
    if (a.host() != b.host()) return false;
    const auto name = a.localpart().canonical();
    return a == b || (name && name == b.localpart().canonical());
}

}  // namespace

std::string composeReceived(const ReceivedFacts& facts) {
    std::string field = "Received: from " + fromClause(facts);
    field.append("\r\n\tby ").append(facts.hostname);
    field.append(" with ").append(protocol(facts)).append(tlsComment(facts));
    field.append("\r\n\tid ").append(facts.id.toString()).append(forClause(facts));
    field.append(";\r\n\t").append(formatDate(facts.at)).append("\r\n");
    return field;
}

std::string composeReturnPath(const ReversePath& path) {
    return "Return-Path: <" + path.toString() + ">\r\n";
}

std::string composeDeliveredTo(const Mailbox& mailbox) {
    return "Delivered-To: " + mailbox.toString() + "\r\n";
}

std::size_t countReceived(const HeaderSection& header) {
    return header.count("Received");
}

std::size_t countReceivedBy(const HeaderSection& header, std::string_view hostname) {
    return static_cast<std::size_t>(std::count_if(
        header.fields().begin(), header.fields().end(), [&](const HeaderField& field) {
            if (!text::equalsIgnoreCase(field.name, "Received")) return false;
            const auto words = wordsOf(field.value);
            return text::equalsIgnoreCase(wordBehind(words, "by"), hostname) &&
                   QueueId::parse(wordBehind(words, "id")).has_value();
        }));
}

std::size_t countDeliveredTo(const HeaderSection& header, const Mailbox& mailbox) {
    return static_cast<std::size_t>(std::count_if(
        header.fields().begin(), header.fields().end(), [&](const HeaderField& field) {
            if (!text::equalsIgnoreCase(field.name, "Delivered-To")) return false;
            const auto named = Mailbox::parse(unfold(field.value));
            return named && isSameMailbox(*named, mailbox);
        }));
}

}  // namespace postrider::mail
