#pragma once

#include "common/base/deadline.h"
#include "common/base/result.h"
#include "common/mail/content.h"
#include "common/mail/envelope.h"
#include "common/mail/reply.h"
#include "common/net/line_channel.h"
#include "common/net/tls_client.h"

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace postrider::net {

/// How a step of the dialogue failed without a usable reply.
struct ClientFailure {
    std::string where;  ///< "greeting", "EHLO", "end of data" ...
    std::string what;   ///< "connection timed out"
};

/// RFC 5321 section 4.5.3.2, all bounded by the deadline of the whole delivery.
struct ClientTimeouts {
    std::chrono::seconds greeting{300};
    std::chrono::seconds command{300};
    std::chrono::seconds dataInit{120};
    std::chrono::seconds dataBlock{180};
    std::chrono::seconds dataEnd{600};
};

/// What became of each recipient: the reply that decided it (RCPT's, or that to the content).
struct TransactionResult {
    std::vector<mail::Reply> recipients;  ///< as many as asked for, same order
    bool oursAlone = false;  ///< the peer was not asked: it does not offer what the message needs
};

/// One dialogue as client, SMTP or LMTP (RFC 5321, RFC 2033): EHLO, STARTTLS, transactions with
/// pipelining and per-recipient replies, QUIT. Only CRLF leaves, dots are stuffed, a missing last
/// CRLF is added (RFC 5321 sections 2.3.8, 4.5.2). One thread.
class SmtpClient {
public:
    enum class Protocol { Smtp, Lmtp };

    /// `ehloName`: ours, ASCII. The channel is connected; nothing has been read.
    SmtpClient(std::unique_ptr<LineChannel> channel, Protocol protocol, std::string ehloName,
               Deadline deadline, const ClientTimeouts& timeouts = {});
    ~SmtpClient();
    SmtpClient(const SmtpClient&) = delete;
    SmtpClient& operator=(const SmtpClient&) = delete;

    /// Reads the greeting, says EHLO (HELO where EHLO is refused; LHLO for LMTP). The reply is the
    /// one that ended it: positive, or the refusal.
    Result<mail::Reply, ClientFailure> greet();
    /// Keyword offered by the last EHLO, in upper case, and its parameters.
    [[nodiscard]] bool offers(std::string_view keyword) const;
    [[nodiscard]] std::string parameterOf(std::string_view keyword) const;
    /// What the peer calls itself in its greeting.
    [[nodiscard]] const std::string& peerName() const;

    /// STARTTLS, handshake, EHLO again. After a failure the client is dead: reconnect.
    Result<ClientTlsResult, ClientFailure> startTls(TlsClient& tls, const std::string& peerName);

    /// One transaction for all recipients. SMTPUTF8, BODY=8BITMIME and SIZE are said when offered
    /// (and for the first two: needed); RET, ENVID, NOTIFY, ORCPT where DSN is offered (RFC 3461
    /// section 5.2.1), REQUIRETLS where it is: whoever must have it asks before. A message that
    /// came as BINARYMIME leaves by BDAT, or is refused with 5.6.3 where the peer does not take it
    /// (RFC 3030 section 3). Recipients over the peer's limit (452/552 to RCPT after others were
    /// taken) get that reply: the caller asks again later (RFC 5321 section 4.5.3.1.10). A failure
    /// after the end of data was sent means: unknown, try later.
    Result<TransactionResult, ClientFailure> send(const mail::Envelope& envelope,
                                                  const mail::MessageContent& content);
    /// Whether the last send() came as far as sending content; before that, a failure has delivered
    /// nothing, and the message may be sent over another connection.
    [[nodiscard]] bool sentContent() const noexcept;
    /// Another deadline, for another delivery over the same connection.
    void renew(Deadline deadline) noexcept;
    /// QUIT, without caring for the answer.
    void quit() noexcept;

private:
    struct Dialogue;
    std::unique_ptr<Dialogue> dialogue_;
};

}  // namespace postrider::net
