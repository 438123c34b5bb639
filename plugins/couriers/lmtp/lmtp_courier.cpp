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
    const auto later = [&](const std::string& reason) -> std::vector<DeliveryOutcome> {
        auto outcome = plugin::transient({4, 4, 1}, address_.text() + ": " + reason);
        outcome.evidence.emplace_back("address", address_.text());
        return {request.recipients.size(), outcome};
    };

    auto channel =
        address_.connect(host_.resolver, deadline.orSooner(Deadline::after(connectTime)));
    if (!channel) return later(channel.error());
    net::SmtpClient client{std::move(channel).value(), net::SmtpClient::Protocol::Lmtp,
                           host_.hostname, deadline};
    const auto greeting = client.greet();
    if (!greeting) return later(greeting.error().where + ": " + greeting.error().what);
    // A server that refuses the session says nothing about a recipient.
    if (!greeting->isPositive()) return later(greeting->toString());

    std::vector<std::size_t> all(request.recipients.size());
    std::iota(all.begin(), all.end(), 0U);
    const auto result = client.send(plugin::envelopeOf(request, all), request.content);
    client.quit();
    if (!result) return later(result.error().where + ": " + result.error().what);

    std::vector<DeliveryOutcome> outcomes;
    for (const auto& reply : result->recipients) {
        outcomes.push_back(plugin::outcomeOf(reply, client.peerName()));
        outcomes.back().evidence.emplace_back("address", address_.text());
        outcomes.back().evidence.emplace_back("reply", reply.toString());
    }
    return outcomes;
}

std::unique_ptr<plugin::Courier> LmtpFactory::create(const plugin::Settings& settings,
                                                     const plugin::Host& host) const {
    auto address = LmtpAddress::parse(settings.text("address"));
    if (!address) {
        throw settings.error("address",
                             "must be host:port, [ipv6]:port or the path of a unix socket");
    }
    return std::make_unique<LmtpCourier>(std::move(*address), host);
}

}  // namespace postrider::couriers
