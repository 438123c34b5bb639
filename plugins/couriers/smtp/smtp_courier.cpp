#include "plugins/couriers/smtp/smtp_courier.h"

#include "common/base/deadline.h"
#include "plugins/couriers/smtp/delivery.h"
#include "plugins/couriers/smtp/own_addresses.h"

#include <utility>

namespace postrider::couriers {

std::vector<plugin::DeliveryOutcome> SmtpCourier::deliver(const plugin::DeliveryRequest& request) {
    const auto targets = finder_.find(request.nextHop, Deadline::at(request.deadline));
    if (!targets) return {request.recipients.size(), targets.error()};

    Delivery delivery{request, host_};
    for (const auto& target : *targets) {
        if (delivery.finished()) break;
        delivery.attempt(target);
    }
    return std::move(delivery).outcomes();
}

std::unique_ptr<plugin::Courier> SmtpFactory::create(const plugin::Settings& settings,
                                                     const plugin::Host& host) const {
    FinderOptions options;
    options.port = static_cast<std::uint16_t>(settings.number("port", 25, 1, 65535));
    options.allowPrivate = settings.flag("allow_private", false);
    options.own = ownAddresses();
    return std::make_unique<SmtpCourier>(std::move(options), host);
}

}  // namespace postrider::couriers
