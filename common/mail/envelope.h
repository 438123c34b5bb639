#pragma once

#include "common/mail/parameters.h"
#include "common/mail/path.h"

#include <vector>

namespace postrider::mail {

struct EnvelopeRecipient {
    ForwardPath path;
    RcptParameters parameters;
};

/// What has been said by MAIL and RCPT (RFC 5321 section 2.3.1).
struct Envelope {
    ReversePath reversePath;
    MailParameters parameters;
    std::vector<EnvelopeRecipient> recipients;
};

}  // namespace postrider::mail
