#include "server/net/content_store.h"

#include <utility>

namespace postrider::net {

namespace {

using smtp::ContentFault;

ContentFault faultOf(queue::SpoolWriter::Fault fault) {
    switch (fault) {
        case queue::SpoolWriter::Fault::NoRoom:
            return ContentFault::NoRoom;
        case queue::SpoolWriter::Fault::Failed:
            return ContentFault::StorageError;
    }
    return ContentFault::StorageError;
}

}  // namespace

void ContentStore::add(std::string_view octets) {
    if (fault_) return;
    size_ += octets.size();
    if (size_ > limit_) {
        fail(ContentFault::TooBig);
    } else if (const auto written = writer_.write(octets); !written) {
        fail(faultOf(written.error()));
    }
}

void ContentStore::fail(ContentFault fault) {
    if (!fault_) fault_ = fault;
}

Result<mail::MessageContent, ContentFault> ContentStore::finish() {
    if (fault_) return Unexpected{*fault_};
    auto content = writer_.finish();
    if (!content) return Unexpected{faultOf(content.error())};
    return std::move(*content);
}

}  // namespace postrider::net
