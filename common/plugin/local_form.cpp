#include "common/plugin/local_form.h"

#include "common/mail/trace.h"

#include <string>

namespace postrider::plugin {
inline namespace v1 {

namespace {

std::string traceBlock(const DeliveryRequest& request, const DeliveryRecipient& recipient) {
    std::string block = mail::composeReturnPath(request.reversePath);
    if (const auto* mailbox = recipient.final.mailbox())
        block += mail::composeDeliveredTo(*mailbox);
    return block;
}

}  // namespace

LocalForm::LocalForm(const DeliveryRequest& request, const DeliveryRecipient& recipient)
    : lines_(request.content.withPrepended(traceBlock(request, recipient)).open()) {}

std::size_t LocalForm::read(std::span<char> buffer) {
    return lines_.read(buffer);
}

}  // namespace v1
}  // namespace postrider::plugin
