#include "server/smtp/relaying.h"

namespace postrider::smtp {

bool mayRelay(const mail::SessionFacts& client) {
    if (client.user) return true;
    // Submission means to be known by name (RFC 6409 section 4.3), whatever the network.
    const bool isSubmission = client.listener != mail::ListenerKind::Smtp;
    return client.trusted && !isSubmission;
}

}  // namespace postrider::smtp
