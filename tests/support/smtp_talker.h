#pragma once

#include "common/net/connect.h"
#include "common/net/poco_line_channel.h"
#include "common/net/tls_client.h"

#include <chrono>
#include <memory>
#include <netinet/in.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>

namespace postrider::test {

/// A client of a test that says any octets to a server and hears its replies, line by line or
/// whole.
class SmtpTalker {
public:
    /// Throws when nobody listens.
    explicit SmtpTalker(const Endpoint& server) {
        auto connected = net::connectTcp(server, Deadline::after(patience));
        if (!connected) throw std::runtime_error(connected.error());
        channel_ = std::move(*connected);
        channel_->setDeadline(Deadline::after(patience));
    }

    void setPatience(std::chrono::milliseconds time) {
        channel_->setDeadline(Deadline::after(time));
    }
    /// Exactly these octets; whether they could be sent.
    bool sayOctets(std::string_view octets) {
        return channel_->write(octets).has_value() && channel_->flush().has_value();
    }
    /// One whole reply with CRLFs, or "<closed>", "<timed out>" ...
    std::string hear() {
        std::string reply;
        for (;;) {
            const auto line = channel_->readLine(2048);
            if (!line)
                return line.error() == net::ChannelError::Closed
                           ? "<closed>"
                           : "<" + std::string(describe(line.error())) + ">";
            reply += *line + "\r\n";
            if (line->size() < 4 || (*line)[3] == ' ') return reply;
        }
    }
    /// Says a line and hears the reply.
    std::string ask(std::string_view line) {
        sayOctets(std::string(line) + "\r\n");
        return hear();
    }
    /// Everything up to DATA's reply; returns that.
    std::string askToSend(std::string_view recipient) {
        ask("EHLO client.test");
        ask("MAIL FROM:<alice@client.test>");
        ask("RCPT TO:<" + std::string(recipient) + ">");
        return ask("DATA");
    }
    Result<net::ClientTlsResult, std::string> startTls(net::TlsClient& tls) {
        return tls.startTls(*channel_, "mx.test", Deadline::after(patience));
    }
    void stopTalking() { ::shutdown(descriptor(), SHUT_WR); }
    /// Closes with a reset, as a crashed client does.
    void reset() {
        const linger now{1, 0};
        ::setsockopt(descriptor(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
        auto socket = dynamic_cast<net::PocoLineChannel&>(*channel_).socket();
        socket->close();
    }
    [[nodiscard]] int descriptor() const {
        return dynamic_cast<net::PocoLineChannel&>(*channel_).socket()->sockfd();
    }

private:
    static constexpr std::chrono::seconds patience{10};
    std::unique_ptr<net::LineChannel> channel_;
};

}  // namespace postrider::test
