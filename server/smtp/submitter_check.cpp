#include "server/smtp/submitter_check.h"

#include "server/smtp/replies.h"

#include <utility>

namespace postrider::smtp {

std::optional<SubmitterObjection> objectionToSubmitter(Authenticator& authenticator,
                                                       const mail::SessionFacts& facts) {
    if (!facts.user) return std::nullopt;
    auto answer = authenticator.mayStillSend(*facts.user);
    switch (answer.standing) {
        case SubmitterStanding::MaySend:
            return std::nullopt;
        case SubmitterStanding::MayNot:
            return SubmitterObjection{replies::accountDisabled(), std::move(answer.reason)};
        case SubmitterStanding::TemporaryFailure:
            break;
    }
    return SubmitterObjection{replies::senderNotLookedUp(), std::move(answer.reason)};
}

}  // namespace postrider::smtp
