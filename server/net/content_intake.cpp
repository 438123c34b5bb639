#include "server/net/content_intake.h"

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

ContentIntake::Outcome ContentIntake::run(std::chrono::milliseconds patience, Deadline end) {
    using Taken = Result<mail::MessageContent, ContentFault>;
    std::string decoded;
    for (;;) {
        channel_.setDeadline(end.orSooner(Deadline::after(patience)));
        const auto piece = channel_.peek();
        if (!piece) return piece.error();
        decoded.clear();
        const auto progress = decoder_.feed(*piece, decoded);
        channel_.consume(progress.consumed);
        switch (progress.state) {
            case smtp::DataDecoder::State::BareLineEnd:
                return Taken(Unexpected{ContentFault::BareLineEnd});
            case smtp::DataDecoder::State::More:
                store(decoded);
                break;
            case smtp::DataDecoder::State::End:
                store(decoded);
                return finish();
        }
    }
}

void ContentIntake::store(std::string_view octets) {
    if (fault_) return;
    size_ += octets.size();
    if (size_ > limit_) {
        fault_ = ContentFault::TooBig;
    } else if (const auto written = writer_.write(octets); !written) {
        fault_ = faultOf(written.error());
    }
}

Result<mail::MessageContent, ContentFault> ContentIntake::finish() {
    if (fault_) return Unexpected{*fault_};
    auto content = writer_.finish();
    if (!content) return Unexpected{faultOf(content.error())};
    return std::move(*content);
}

}  // namespace postrider::net
