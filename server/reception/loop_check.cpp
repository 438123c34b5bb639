#include "server/reception/loop_check.h"

#include "common/mail/trace.h"

namespace postrider::reception {

MayGoOn checkLoop(const mail::HeaderSection& header, std::string_view hostname) {
    const std::size_t hops = mail::countReceived(header);
    if (hops > maxReceived) return tooManyHops(hops);
    const std::size_t ours = mail::countReceivedBy(header, hostname);
    if (ours > maxOwnReceived) return wasHereTooOften(ours);
    return std::nullopt;
}

MayGoOn checkDeliveries(const mail::HeaderSection& header,
                        const std::vector<queue::NewRecipient>& recipients) {
    if (header.find("Delivered-To") == nullptr) return std::nullopt;
    for (const auto& recipient : recipients) {
        const auto* mailbox = recipient.final.mailbox();
        if (mailbox == nullptr) continue;
        const std::size_t times = mail::countDeliveredTo(header, *mailbox);
        if (times > maxDeliveries) return deliveredBefore(mailbox->toString(), times);
    }
    return std::nullopt;
}

}  // namespace postrider::reception
