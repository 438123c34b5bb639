#include "plugins/couriers/lmtp/lmtp_courier.h"

#include "common/base/deadline.h"
#include "common/net/smtp_client.h"
#include "common/plugin/envelope_of.h"
#include "common/plugin/outcomes.h"

#include <numeric>
#include <string>
#include <utility>

namespace postrider::couriers {

namespace {

using plugin::DeliveryOutcome;

constexpr std::chrono::seconds connectTime{30};

}  // namespace

std::vector<DeliveryOutcome> LmtpCourier::deliver(const plugin::DeliveryRequest& request) {
    const Deadline deadline = Deadline::at(request.deadline);
    Peer peer;
    auto sent = sendOverOld(request, deadline, peer);
    if (!sent) sent = sendOverNew(request, deadline, peer);
    if (!*sent) {
        auto outcome = plugin::transient({4, 4, 1}, address_.text() + ": " + sent->error());
        outcome.evidence.emplace_back("address", address_.text());
        return {request.recipients.size(), outcome};
    }
    std::vector<DeliveryOutcome> outcomes;
    for (const auto& reply : (*sent)->recipients) {
        outcomes.push_back(plugin::outcomeOf(reply, peer.name));
        // it has put the message into the mailbox; with DSN it also tells the sender so
        if ((*sent)->oursAlone) outcomes.back().remoteMta.clear();
        if (peer.dsn) outcomes.back().reach = plugin::Reach::RelayedWithDsn;
        outcomes.back().evidence.emplace_back("address", address_.text());
        outcomes.back().evidence.emplace_back("reply", reply.toString());
    }
    return outcomes;
}

std::optional<LmtpCourier::Sent> LmtpCourier::sendOverOld(const plugin::DeliveryRequest& request,
                                                          Deadline deadline, Peer& peer) {
    const auto client = idle_.take();
    if (!client) return std::nullopt;
    client->renew(deadline);
    auto sent = send(client, request, peer);
    if (!sent && !client->sentContent()) return std::nullopt;
    return sent;
}

LmtpCourier::Sent LmtpCourier::sendOverNew(const plugin::DeliveryRequest& request,
                                           Deadline deadline, Peer& peer) {
    auto channel =
        address_.connect(host_.resolver, deadline.orSooner(Deadline::after(connectTime)));
    if (!channel) return Unexpected{channel.error()};
    const auto client = std::make_shared<net::SmtpClient>(
        std::move(channel).value(), net::SmtpClient::Protocol::Lmtp, host_.hostname, deadline);
    const auto greeting = client->greet();
    if (!greeting) return Unexpected{greeting.error().where + ": " + greeting.error().what};
    // A server that refuses the session says nothing about a recipient.
    if (!greeting->isPositive()) return Unexpected{greeting->toString()};
    return send(client, request, peer);
}

LmtpCourier::Sent LmtpCourier::send(const std::shared_ptr<net::SmtpClient>& client,
                                    const plugin::DeliveryRequest& request, Peer& peer) {
    std::vector<std::size_t> all(request.recipients.size());
    std::iota(all.begin(), all.end(), 0U);
    peer = {client->peerName(), client->offers("DSN")};
    auto result = client->send(plugin::envelopeOf(request, all), request.content);
    if (!result) {
        client->quit();
        return Unexpected{result.error().where + ": " + result.error().what};
    }
    idle_.keep(client);
    return *std::move(result);
}

std::unique_ptr<plugin::Courier> LmtpFactory::create(const plugin::Settings& settings,
                                                     const plugin::Host& host) const {
    auto address = net::PeerAddress::parse(settings.text("address"));
    if (!address) {
        throw settings.error("address",
                             "must be host:port, [ipv6]:port or the path of a unix socket");
    }
    return std::make_unique<LmtpCourier>(std::move(*address), host);
}

}  // namespace postrider::couriers
