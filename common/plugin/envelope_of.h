#pragma once

#include "common/mail/envelope.h"
#include "common/plugin/courier.h"

#include <cstddef>
#include <vector>

namespace postrider::plugin {
inline namespace v1 {

/// What is said to a next hop about some of a request's recipients: their final paths, by index, in
/// that order.
[[nodiscard]] mail::Envelope envelopeOf(const DeliveryRequest& request,
                                        const std::vector<std::size_t>& recipients);

}  // namespace v1
}  // namespace postrider::plugin
