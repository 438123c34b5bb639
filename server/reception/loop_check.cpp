#include "server/reception/loop_check.h"

#include "common/mail/trace.h"

namespace postrider::reception {

MayGoOn checkLoop(const mail::HeaderSection& header) {
    const std::size_t received = mail::countReceived(header);
    if (received <= maxReceived) return std::nullopt;
    return tooManyHops(received);
}

}  // namespace postrider::reception
