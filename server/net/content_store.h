#pragma once

#include "common/base/result.h"
#include "common/mail/content.h"
#include "server/queue/spool.h"
#include "server/smtp/content_fault.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace postrider::net {

/// Where the content of one message goes while it comes in: into the spool as long as all is well,
/// and nowhere after the first fault. One thread.
class ContentStore {
public:
    /// Lent. `limit`: octets of decoded content.
    ContentStore(queue::SpoolWriter& writer, std::uint64_t limit)
        : writer_(writer), limit_(limit) {}

    void add(std::string_view octets);
    /// The message cannot be taken; the first reason stands.
    void fail(smtp::ContentFault fault);
    [[nodiscard]] const std::optional<smtp::ContentFault>& fault() const noexcept { return fault_; }
    /// All of it, durable as SpoolWriter::finish() has it, or why it was refused.
    Result<mail::MessageContent, smtp::ContentFault> finish();

private:
    queue::SpoolWriter& writer_;
    const std::uint64_t limit_;
    std::uint64_t size_ = 0;
    std::optional<smtp::ContentFault> fault_;
};

}  // namespace postrider::net
