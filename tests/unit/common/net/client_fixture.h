#pragma once

#include "common/mail/envelope.h"
#include "common/net/connect.h"
#include "common/net/smtp_client.h"
#include "tests/support/scripted_peer.h"

#include <doctest.h>
#include <memory>
#include <string>
#include <vector>

namespace postrider::test {

/// A client connected to a scripted peer.
inline net::SmtpClient clientOf(
    const ScriptedPeer& peer, net::SmtpClient::Protocol protocol = net::SmtpClient::Protocol::Smtp,
    const net::ClientTimeouts& timeouts = {}) {
    auto channel = net::connectTcp(peer.endpoint(), Deadline::after(std::chrono::seconds{5}));
    REQUIRE(channel);
    return {std::move(*channel), protocol, "client.test", Deadline::after(std::chrono::seconds{8}),
            timeouts};
}

inline mail::Envelope envelopeFor(const std::vector<std::string>& recipients,
                                  const std::string& from = "<alice@client.test>") {
    mail::Envelope envelope;
    envelope.reversePath = mail::ReversePath::parse(from).value();
    for (const auto& recipient : recipients) {
        envelope.recipients.push_back(
            {mail::ForwardPath::parse('<' + recipient + '>').value(), {}});
    }
    return envelope;
}

inline mail::MessageContent contentOf(std::string octets) {
    return mail::MessageContent::fromMemory(std::move(octets));
}

inline const std::string hello = "Subject: hello\r\n\r\nHello.\r\n";

/// The replies' codes, in order.
inline std::vector<int> codesOf(const net::TransactionResult& result) {
    std::vector<int> codes;
    for (const auto& reply : result.recipients)
        codes.push_back(reply.code);
    return codes;
}

}  // namespace postrider::test
