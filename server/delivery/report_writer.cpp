#include "server/delivery/report_writer.h"

#include <utility>

namespace postrider::delivery {

ReportWriter::ReportWriter(std::string hostname, std::chrono::seconds giveUpAfter,
                           ReportPorts ports)
    : giveUpAfter_(giveUpAfter), ports_(ports), composer_(std::move(hostname), ports.random) {}

Result<queue::NewMessage, ReportWriter::Fault> ReportWriter::write(
    const dsn::ReportedMessage& message,
    const std::vector<dsn::ReportedRecipient>& recipients) const {
    auto routed = route(message.reversePath);
    if (!routed) return Unexpected{routed.error()};

    const WallTime now = ports_.clock.now();
    const mail::QueueId id = mail::QueueId::make(now, ports_.random);
    dsn::Report report = composer_.compose(message, recipients, {id, now});
    return queue::NewMessage{.id = id,
                             .reversePath = {},
                             .parameters = std::move(report.parameters),
                             .receivedAt = now,
                             .expiresAt = now + giveUpAfter_,
                             .content = std::move(report.content),
                             .originIp = {},
                             .ehlo = {},
                             .authUser = {},
                             .listener = "dsn",
                             .sessionId = {},
                             .recipients = *std::move(routed)};
}

std::optional<queue::NewMessage> ReportWriter::writeExpansion(
    const queue::NewMessage& message, const std::vector<mail::EnvelopeRecipient>& aliases) const {
    std::vector<dsn::ReportedRecipient> recipients;
    recipients.reserve(aliases.size());
    for (const mail::EnvelopeRecipient& alias : aliases) {
        recipients.push_back({.original = alias.path,
                              .final = alias.path,
                              .orcpt = alias.parameters.orcpt,
                              .fate = dsn::Fate::Expanded,
                              .status = {2, 0, 0},
                              .diagnostic = {},
                              .remoteMta = {},
                              .lastAttempt = message.receivedAt});
    }
    auto report = write({.id = message.id,
                         .reversePath = *message.reversePath.mailbox(),
                         .parameters = message.parameters,
                         .receivedAt = message.receivedAt,
                         .triedSince = message.receivedAt,
                         .expiresAt = message.expiresAt,
                         .content = message.content},
                        recipients);
    if (!report) return std::nullopt;
    return *std::move(report);
}

Result<std::vector<queue::NewRecipient>, ReportWriter::Fault> ReportWriter::route(
    const mail::Mailbox& reversePath) const {
    const mail::ForwardPath path{reversePath};
    auto route = ports_.router.route(path);
    if (!route) {
        ports_.log.warning("dsn-not-routed",
                           {{"to", path.toString()}, {"reason", route.error().reason}});
        const bool later = route.error().fault == routing::RouteFault::TemporaryFailure;
        return Unexpected{later ? Fault::AskLater : Fault::NowhereToGo};
    }
    std::vector<queue::NewRecipient> recipients;
    for (routing::Destination& destination : route->destinations) {
        mail::RcptParameters never;
        never.notify.emplace();
        recipients.push_back({path, std::move(destination.final), std::move(destination.courier),
                              std::move(destination.nextHop), std::move(never)});
    }
    if (recipients.empty()) return Unexpected{Fault::NowhereToGo};
    return recipients;
}

}  // namespace postrider::delivery
