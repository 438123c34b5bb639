#include "server/net/connection.h"

#include "common/mail/queue_id.h"
#include "common/net/poco_line_channel.h"
#include "server/net/session_pump.h"

#include <exception>

namespace postrider::net {

void Connection::run() {
    try {
        serve();
    } catch (const std::exception& problem) {
        // Before or behind the dialogue: no memory for the channel, a port that throws as it is
        // made.
        services_.log.error("session-failed", {{"what", problem.what()}});
    }
}

void Connection::serve() {
    AcceptedSocket::Ptr accepted(dynamic_cast<AcceptedSocket*>(socket().impl()), true);
    PocoLineChannel channel(accepted);
    const auto begin = services_.clock.steady();
    const auto since = services_.clock.now();
    const mail::SessionFacts facts{.id = mail::QueueId::make(since, services_.random).toString(),
                                   .client = accepted->client(),
                                   .listener = options_.kind,
                                   .tls = {},
                                   .ehlo = {},
                                   .user = {}};
    ConnectionRegistry::Entry entry(registry_, channel, facts, since);
    services_.mailLog.connected(facts);
    const auto leavePlace = [&client = *accepted] { client.leavePlace(); };
    const auto ownIp = IpAddress::parse(accepted->address().host().toString());
    SessionPump pump({channel, entry, services_, options_, leavePlace, ownIp}, facts);
    std::string reason;
    try {
        reason = pump.run();
    } catch (const std::exception& problem) {
        reason = std::string("internal error: ") + problem.what();
        services_.log.error("session-failed", {{"id", facts.id}, {"what", problem.what()}});
        pump.apologise();
    }
    leavePlace();
    channel.close();
    const auto took =
        std::chrono::duration_cast<std::chrono::milliseconds>(services_.clock.steady() - begin);
    services_.mailLog.disconnected(pump.facts(), took, pump.messages(), reason);
}

}  // namespace postrider::net
