#include "server/reception/recipient_routing.h"

#include "server/dsn/dsn_policy.h"

#include <set>
#include <tuple>
#include <utility>

namespace postrider::reception {

namespace {

Refusal refusalFor(const mail::ForwardPath& path, const routing::RouteError& error) {
    switch (error.fault) {
        case routing::RouteFault::UnknownUser:
        case routing::RouteFault::MailboxDisabled:
            return unknownRecipient(path.toString(), error.reason);
        case routing::RouteFault::AliasLoop:
            return aliasLoop(path.toString(), error.reason);
        case routing::RouteFault::TemporaryFailure:
            break;
    }
    return routingLater(path.toString(), error.reason);
}

/// Gathers routes; keeps each destination once.
class Gatherer {
public:
    void add(mail::EnvelopeRecipient recipient, routing::Route route,
             const mail::ReversePath& reversePath) {
        if (route.destinations.size() > 1) noteExpansion(recipient, reversePath);
        for (std::string& step : route.trail) {
            decide(journal::Step::Alias, "expanded", recipient.path, std::move(step));
        }
        for (routing::Destination& destination : route.destinations)
            add(recipient, std::move(destination));
    }

    [[nodiscard]] std::size_t size() const { return routed_.recipients.size(); }
    RoutedRecipients take() && { return std::move(routed_); }

private:
    void noteExpansion(mail::EnvelopeRecipient& recipient, const mail::ReversePath& reversePath) {
        if (!dsn::wantsSuccessReport(reversePath, recipient.parameters)) return;
        routed_.expanded.push_back(recipient);
        recipient.parameters.notify->erase(mail::NotifyOn::Success);
    }

    void add(const mail::EnvelopeRecipient& recipient, routing::Destination destination) {
        const bool isNew =
            seen_.emplace(destination.final, destination.courier, destination.nextHop).second;
        if (!isNew) return;
        decide(journal::Step::Route, "routed", destination.final,
               "courier " + destination.courier + ", next hop " + destination.nextHop);
        routed_.recipients.push_back({recipient.path, std::move(destination.final),
                                      std::move(destination.courier),
                                      std::move(destination.nextHop), recipient.parameters});
    }

    void decide(journal::Step step, std::string outcome, const mail::ForwardPath& about,
                std::string reason) {
        journal::Decision decision;
        decision.step = step;
        decision.outcome = std::move(outcome);
        decision.address = about.toString();
        decision.reason = std::move(reason);
        routed_.decisions.push_back(std::move(decision));
    }

    RoutedRecipients routed_;
    std::set<std::tuple<mail::ForwardPath, std::string, std::string>> seen_;
};

}  // namespace

Result<RoutedRecipients, Refusal> routeRecipients(const mail::Envelope& envelope,
                                                  const routing::Router& router) {
    Gatherer gatherer;
    std::optional<Refusal> refusal;
    bool someRouted = false;
    for (const mail::EnvelopeRecipient& recipient : envelope.recipients) {
        auto route = router.route(recipient.path);
        if (route) {
            someRouted = true;
            gatherer.add(recipient, std::move(*route), envelope.reversePath);
        } else if (!refusal || refusal->reply.isPermanent()) {
            refusal = refusalFor(recipient.path, route.error());
        }
        if (gatherer.size() > maxDestinations) return Unexpected{tooManyDestinations()};
    }
    if (!refusal) return std::move(gatherer).take();
    if (someRouted) refusal = routingLater(refusal->about, refusal->reason);
    return Unexpected{*std::move(refusal)};
}

}  // namespace postrider::reception
