#include "server/reception/postmaster_notices.h"

#include "common/base/text.h"
#include "common/mail/date.h"
#include "common/mail/header.h"
#include "server/reception/recipient_routing.h"

#include <exception>
#include <utility>

namespace postrider::reception {

namespace {

/// Lines as a message has them, with nothing in them that a terminal would obey.
std::string bodyOf(const std::string& text) {
    constexpr std::size_t longestLine = 900;
    std::string body;
    for (const std::string_view line : text::split(text, '\n')) {
        body += text::printable(line, longestLine) + "\r\n";
    }
    return body;
}

}  // namespace

void PostmasterNotices::tellPostmaster(const mail::Domain& domain, const std::string& subject,
                                       const std::string& text) {
    std::string problem;
    try {
        const auto name = mail::Localpart::parse("postmaster");
        problem = send(mail::Mailbox{name.value(), domain}, subject, text);
    } catch (const std::exception& error) {
        problem = error.what();
    }
    if (problem.empty()) return;
    ports_.log.warning(
        "notice-lost",
        {{"to", "postmaster@" + domain.ascii()}, {"subject", subject}, {"reason", problem}});
}

std::string PostmasterNotices::send(const mail::Mailbox& postmaster, const std::string& subject,
                                    const std::string& text) {
    const mail::Envelope envelope{{}, {}, {{mail::ForwardPath{postmaster}, {}}}};
    auto routed = routeRecipients(envelope, ports_.router);
    if (!routed) return routed.error().reason;
    if (routed->recipients.empty()) return "it would reach nobody";

    const WallTime now = ports_.clock.now();
    const auto id = mail::QueueId::make(now, ports_.random);
    const auto stored = ports_.store.put(
        {.id = id,
         .reversePath = {},
         .parameters = {},
         .receivedAt = now,
         .expiresAt = now + giveUpAfter_,
         .content = mail::MessageContent::fromMemory(compose(id, postmaster, subject, text)),
         .originIp = {},
         .ehlo = {},
         .authUser = {},
         .listener = "notice",
         .sessionId = {},
         .recipients = std::move(routed->recipients)});
    if (!stored) return stored.error().reason;
    ports_.log.info("notice",
                    {{"id", id.toString()}, {"to", postmaster.toString()}, {"subject", subject}});
    ports_.queued();
    return {};
}

std::string PostmasterNotices::compose(const mail::QueueId& id, const mail::Mailbox& postmaster,
                                       const std::string& subject, const std::string& text) const {
    return mail::composeField("Date", mail::formatDate(id.createdAt())) +
           mail::composeField("From", "Mail Server <postmaster@" + hostname_ + ">") +
           mail::composeField("To", '<' + postmaster.toString() + '>') +
           mail::composeField("Subject", text::printable(subject, 200)) +
           mail::composeField("Message-ID", '<' + id.toString() + '@' + hostname_ + '>') +
           "Auto-Submitted: auto-generated\r\n"
           "MIME-Version: 1.0\r\n"
           "Content-Type: text/plain; charset=utf-8\r\n"
           "Content-Transfer-Encoding: 8bit\r\n"
           "\r\n" +
           bodyOf(text);
}

}  // namespace postrider::reception
