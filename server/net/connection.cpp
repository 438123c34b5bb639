#include "server/net/connection.h"

#include "common/mail/queue_id.h"
#include "server/net/proxy_reader.h"
#include "server/net/session_pump.h"
#include "server/smtp/replies.h"

#include <exception>

namespace postrider::net {

void Connection::run() {
    try {
        serve({dynamic_cast<AcceptedSocket*>(socket().impl()), true});
    } catch (const std::exception& problem) {
        // Before or behind the dialogue: no memory for the channel, a port that throws as it is
        // made.
        services_.log.error("session-failed", {{"what", problem.what()}});
    }
}

void Connection::serve(AcceptedSocket::Ptr accepted) {
    PocoLineChannel channel(accepted);
    const auto since = services_.clock.now();
    mail::SessionFacts facts{.id = mail::QueueId::make(since, services_.random).toString(),
                             .client = accepted->client(),
                             .listener = options_->kind,
                             .tls = {},
                             .ehlo = {},
                             .user = {}};
    ConnectionRegistry::Entry entry(registry_, channel, facts, since);
    const Guest guest{*accepted, channel, entry};
    if (accepted->comesFromProxy()) {
        facts.proxy = accepted->client();
        const auto header =
            readProxyHeader(*accepted, Deadline::after(options_->timeouts.proxyHeader));
        if (!header) return refuse(guest, facts, header.error());
        // A proxy that speaks for itself, or for somebody it cannot name, is nobody to trust.
        if (header->client) {
            facts.client = *header->client;
            facts.trusted = services_.relayTrust.trusts(facts.client.ip);
        }
        if (!accepted->identify(facts.client.ip)) return refuseOneTooMany(guest, facts);
        entry.learned(facts);
    } else {
        facts.trusted = services_.relayTrust.trusts(facts.client.ip);
    }
    converse(guest, facts);
}

void Connection::converse(const Guest& guest, const mail::SessionFacts& facts) {
    const auto begin = services_.clock.steady();
    services_.mailLog.connected(facts);
    const auto leavePlace = [&guest] { guest.socket.leavePlace(); };
    const auto ownIp = IpAddress::parse(guest.socket.address().host().toString());
    SessionPump pump({guest.channel, guest.entry, services_, *options_, leavePlace, ownIp}, facts);
    std::string reason;
    try {
        reason = pump.run();
    } catch (const std::exception& problem) {
        reason = std::string("internal error: ") + problem.what();
        services_.log.error("session-failed", {{"id", facts.id}, {"what", problem.what()}});
        pump.apologise();
    }
    leavePlace();
    guest.channel.close();
    const auto took =
        std::chrono::duration_cast<std::chrono::milliseconds>(services_.clock.steady() - begin);
    services_.mailLog.disconnected(pump.facts(), took, pump.messages(), reason);
}

void Connection::refuse(const Guest& guest, const mail::SessionFacts& facts,
                        std::string_view reason) {
    guest.socket.leavePlace();
    guest.channel.close();
    services_.mailLog.refused(facts, reason);
}

/// As at the door, but only the PROXY header has told whose place it is.
void Connection::refuseOneTooMany(const Guest& guest, const mail::SessionFacts& facts) {
    guest.channel.setDeadline(Deadline::after(options_->timeouts.farewell));
    if (options_->kind != mail::ListenerKind::Submissions) {
        static_cast<void>(guest.channel.write(smtp::replies::tooManySessionsFromAddress().wire()) &&
                          guest.channel.flush());
    }
    refuse(guest, facts, "session.max_per_ip reached");
}

}  // namespace postrider::net
