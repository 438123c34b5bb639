#include "server/pluginhost/guarded_courier.h"

#include "common/base/text.h"
#include "common/plugin/outcomes.h"

#include <exception>
#include <utility>

namespace postrider::pluginhost {

using plugin::DeliveryOutcome;

GuardedCourier::GuardedCourier(std::string name, std::unique_ptr<plugin::Courier> courier,
                               const plugin::Host& host)
    : name_(std::move(name)),
      courier_(std::move(courier)),
      log_(host.log),
      faults_(host.metrics.counter("postrider_courier_faults",
                                   "Answers of a courier that were no answers",
                                   {"courier", name_})) {}

std::vector<DeliveryOutcome> GuardedCourier::deliver(const plugin::DeliveryRequest& request) {
    std::vector<DeliveryOutcome> outcomes;
    try {
        outcomes = courier_->deliver(request);
    } catch (const std::exception& error) {
        return failed(request, std::string{"it threw: "} + error.what());
    } catch (...) {
        return failed(request, "it threw something that is no std::exception");
    }
    if (outcomes.size() != request.recipients.size()) {
        return failed(request, "it gave " + std::to_string(outcomes.size()) + " outcomes for " +
                                   std::to_string(request.recipients.size()) + " recipients");
    }
    for (auto& outcome : outcomes)
        mend(request, outcome);
    return outcomes;
}

std::vector<DeliveryOutcome> GuardedCourier::failed(const plugin::DeliveryRequest& request,
                                                    const std::string& reason) {
    warn(request, reason);
    return {request.recipients.size(),
            plugin::transient({4, 3, 0}, "the courier '" + name_ + "' failed")};
}

void GuardedCourier::mend(const plugin::DeliveryRequest& request, DeliveryOutcome& outcome) {
    constexpr std::size_t longestDiagnostic = 1000;
    constexpr std::size_t longestHost = 255;
    const int expected = plugin::statusClass(outcome.disposition);
    if (outcome.status.klass != expected) {
        warn(request, "its status " + outcome.status.toString() + " contradicts its disposition");
        outcome.status = {expected, 0, 0};
    }
    outcome.diagnostic = text::printable(outcome.diagnostic, longestDiagnostic);
    outcome.remoteMta = text::printable(outcome.remoteMta, longestHost);
}

void GuardedCourier::warn(const plugin::DeliveryRequest& request, const std::string& reason) {
    faults_.add();
    log_.warning("courier-fault",
                 {{"id", request.id.toString()}, {"courier", name_}, {"reason", reason}});
}

}  // namespace postrider::pluginhost
