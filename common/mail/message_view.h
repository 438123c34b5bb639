#pragma once

#include "common/mail/content.h"
#include "common/mail/envelope.h"
#include "common/mail/session_facts.h"

#include <string_view>
#include <vector>

namespace postrider::mail {

/// A whole message as hooks see it after the end of data. Lent for one call.
struct MessageView {
    const SessionFacts& facts;
    const Envelope& envelope;  ///< as the client gave it
    /// Who gets it after aliases, each once; empty when nobody does.
    const std::vector<ForwardPath>& resolved;
    const MessageContent& content;
    std::string_view id{};        ///< the queue's name for it, should it get there
    std::string_view received{};  ///< the Received field that we put in front of it afterwards
    bool fromOurs = false;        ///< the sender's domain is ours; also when there is no sender
};

}  // namespace postrider::mail
