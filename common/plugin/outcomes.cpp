#include "common/plugin/outcomes.h"

#include "common/base/text.h"

#include <utility>

namespace postrider::plugin {
inline namespace v1 {

namespace {

constexpr std::size_t diagnosticLimit = 500;

DeliveryOutcome decided(Disposition disposition, mail::EnhancedStatus status,
                        std::string_view diagnostic) {
    DeliveryOutcome outcome;
    outcome.disposition = disposition;
    outcome.status = status;
    outcome.diagnostic = text::printable(diagnostic, diagnosticLimit);
    return outcome;
}

Disposition dispositionOf(int code) {
    switch (code / 100) {
        case 2:
            return Disposition::Delivered;
        case 5:
            return Disposition::Permanent;
        default:
            return Disposition::Transient;
    }
}

}  // namespace

DeliveryOutcome outcomeOf(const mail::Reply& reply, std::string remoteMta) {
    const Disposition disposition = dispositionOf(reply.code);
    const int klass = statusClass(disposition);
    const bool fits = reply.status && reply.status->klass == klass;
    DeliveryOutcome outcome = decided(
        disposition, fits ? *reply.status : mail::EnhancedStatus{klass, 0, 0}, reply.toString());
    outcome.remoteMta = std::move(remoteMta);
    return outcome;
}

DeliveryOutcome delivered(std::string_view diagnostic) {
    return decided(Disposition::Delivered, {2, 0, 0}, diagnostic);
}

DeliveryOutcome transient(mail::EnhancedStatus status, std::string_view diagnostic) {
    return decided(Disposition::Transient, status, diagnostic);
}

DeliveryOutcome permanent(mail::EnhancedStatus status, std::string_view diagnostic) {
    return decided(Disposition::Permanent, status, diagnostic);
}

int statusClass(Disposition disposition) {
    switch (disposition) {
        case Disposition::Delivered:
            return 2;
        case Disposition::Transient:
            return 4;
        case Disposition::Permanent:
            return 5;
    }
    return 4;
}

}  // namespace v1
}  // namespace postrider::plugin
