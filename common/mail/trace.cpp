#include "common/mail/trace.h"

#include "common/base/text.h"
#include "common/mail/date.h"

#include <algorithm>

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

}  // namespace postrider::mail
