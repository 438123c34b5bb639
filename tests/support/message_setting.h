#pragma once

#include "common/mail/message_view.h"
#include "tests/support/addresses.h"

#include <string>
#include <vector>

namespace postrider::test {

/// A message as hooks see it, with all that it refers to. Begins with a stranger's session, one
/// recipient and a short text.
struct MessageSetting {
    mail::SessionFacts facts{.id = "0session000001",
                             .client = {IpAddress::v4({192, 0, 2, 7}), 4321},
                             .listener = mail::ListenerKind::Smtp,
                             .tls = {},
                             .ehlo = mail::EhloName::from("client.example"),
                             .esmtp = true,
                             .user = {}};
    mail::Envelope envelope{
        reversePath("alice@sender.test"), {}, {{forwardPath("bob@example.test"), {}}}};
    std::vector<mail::ForwardPath> resolved{forwardPath("bob@example.test")};
    mail::MessageContent content =
        mail::MessageContent::fromMemory("Subject: hello\r\n\r\nHello, Bob.\r\n");
    std::string id = "0123456789abcd";
    std::string received = "Received: from client.example by mx.example.org\r\n";
    bool fromOurs = false;

    /// Lent by this object.
    [[nodiscard]] mail::MessageView view() const {
        return {facts, envelope, resolved, content, id, received, fromOurs};
    }
};

}  // namespace postrider::test
