#include "server/smtp/originator_check.h"

#include "server/smtp/replies.h"

namespace postrider::smtp {

std::optional<mail::Reply> objectionToOriginator(Directory& directory,
                                                 const mail::SessionFacts& facts,
                                                 const mail::ReversePath& path) {
    if (!facts.user || path.isNull()) return std::nullopt;
    switch (directory.mayWriteAs(*facts.user, *path.mailbox())) {
        case OriginatorStanding::Theirs:
            return std::nullopt;
        case OriginatorStanding::NotTheirs:
            return replies::senderNotTheirs();
        case OriginatorStanding::TemporaryFailure:
            break;
    }
    return replies::senderNotLookedUp();
}

}  // namespace postrider::smtp
