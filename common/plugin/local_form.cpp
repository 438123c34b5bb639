#include "common/plugin/local_form.h"

#include "common/base/text.h"
#include "common/mail/header.h"
#include "common/mail/trace.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace postrider::plugin {
inline namespace v1 {

namespace {

constexpr std::string_view returnPath = "Return-Path";

std::string traceBlock(const DeliveryRequest& request, const DeliveryRecipient& recipient) {
    std::string block = mail::composeReturnPath(request.reversePath);
    if (const auto* mailbox = recipient.final.mailbox())
        block += mail::composeDeliveredTo(*mailbox);
    return block;
}

}  // namespace

LocalForm::LocalForm(const DeliveryRequest& request, const DeliveryRecipient& recipient) {
    std::string block = traceBlock(request, recipient);
    const auto header = mail::HeaderSection::parse(request.content.headerSection());
    if (header.find(returnPath) == nullptr) {
        source_ = request.content.withPrepended(block).open();
        return;
    }
    std::size_t size = 0;
    for (const auto& field : header.fields()) {
        size += field.raw.size();
        if (!text::equalsIgnoreCase(field.name, returnPath)) block += field.raw;
    }
    source_ = request.content.open();
    skip(size);
    convert(block);
}

std::size_t LocalForm::read(std::span<char> buffer) {
    std::size_t filled = 0;
    while (filled < buffer.size()) {
        if (taken_ == ready_.size() && !ended_) refill();
        const std::size_t count = std::min(buffer.size() - filled, ready_.size() - taken_);
        if (count == 0) break;
        std::memcpy(buffer.data() + filled, ready_.data() + taken_, count);
        taken_ += count;
        filled += count;
    }
    return filled;
}

void LocalForm::refill() {
    ready_.clear();
    taken_ = 0;
    // A piece may convert to nothing (a lone CR that is held back): go on until there is something,
    // or the end.
    while (ready_.empty() && !ended_) {
        const std::size_t count = source_->read(input_);
        ended_ = count == 0;
        convert({input_.data(), count});
        if (ended_ && heldCr_) ready_.push_back('\r');
    }
}

void LocalForm::skip(std::size_t octets) {
    while (octets > 0) {
        const std::size_t count = source_->read({input_.data(), std::min(octets, input_.size())});
        if (count == 0) return;
        octets -= count;
    }
}

void LocalForm::convert(std::string_view piece) {
    for (const char c : piece) {
        if (heldCr_ && c != '\n') ready_.push_back('\r');
        heldCr_ = c == '\r';
        if (!heldCr_) ready_.push_back(c);
    }
}

}  // namespace v1
}  // namespace postrider::plugin
