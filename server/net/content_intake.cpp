#include "server/net/content_intake.h"

#include <string>

namespace postrider::net {

ContentIntake::Outcome ContentIntake::run(std::chrono::milliseconds patience, Deadline end) {
    using Taken = Result<mail::MessageContent, smtp::ContentFault>;
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
                return Taken(Unexpected{smtp::ContentFault::BareLineEnd});
            case smtp::DataDecoder::State::More:
                store_.add(decoded);
                break;
            case smtp::DataDecoder::State::End:
                store_.add(decoded);
                return store_.finish();
        }
    }
}

}  // namespace postrider::net
