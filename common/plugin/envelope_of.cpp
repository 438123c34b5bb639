#include "common/plugin/envelope_of.h"

namespace postrider::plugin {
inline namespace v1 {

mail::Envelope envelopeOf(const DeliveryRequest& request,
                          const std::vector<std::size_t>& recipients) {
    mail::Envelope envelope;
    envelope.reversePath = request.reversePath;
    envelope.parameters = request.parameters;
    for (const std::size_t index : recipients) {
        const auto& recipient = request.recipients.at(index);
        envelope.recipients.push_back({recipient.final, recipient.parameters});
    }
    return envelope;
}

}  // namespace v1
}  // namespace postrider::plugin
