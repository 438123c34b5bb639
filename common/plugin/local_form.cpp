#include "common/plugin/local_form.h"

#include "common/base/text.h"
#include "common/mail/header.h"
#include "common/mail/trace.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

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

/// A header block, and behind it what a content has left.
class BlockAndRest final : public mail::ContentReader {
public:
    BlockAndRest(std::string block, std::unique_ptr<mail::ContentReader> rest)
        : block_(std::move(block)), rest_(std::move(rest)) {}

    std::size_t read(std::span<char> buffer) override {
        if (taken_ == block_.size()) return rest_->read(buffer);
        const std::size_t count = std::min(buffer.size(), block_.size() - taken_);
        std::memcpy(buffer.data(), block_.data() + taken_, count);
        taken_ += count;
        return count;
    }

private:
    std::string block_;
    std::size_t taken_ = 0;
    std::unique_ptr<mail::ContentReader> rest_;
};

void skip(mail::ContentReader& reader, std::size_t octets) {
    std::array<char, 4096> buffer{};
    while (octets > 0) {
        const std::size_t count = reader.read({buffer.data(), std::min(octets, buffer.size())});
        if (count == 0) return;
        octets -= count;
    }
}

std::unique_ptr<mail::ContentReader> openFor(const DeliveryRequest& request,
                                             const DeliveryRecipient& recipient) {
    std::string block = traceBlock(request, recipient);
    const auto header = mail::HeaderSection::parse(request.content.headerSection());
    if (header.find(returnPath) == nullptr) return request.content.withPrepended(block).open();
    std::size_t size = 0;
    for (const auto& field : header.fields()) {
        size += field.raw.size();
        if (!text::equalsIgnoreCase(field.name, returnPath)) block += field.raw;
    }
    auto rest = request.content.open();
    skip(*rest, size);
    return std::make_unique<BlockAndRest>(std::move(block), std::move(rest));
}

}  // namespace

LocalForm::LocalForm(const DeliveryRequest& request, const DeliveryRecipient& recipient)
    : lines_(openFor(request, recipient)) {}

std::size_t LocalForm::read(std::span<char> buffer) {
    return lines_.read(buffer);
}

}  // namespace v1
}  // namespace postrider::plugin
