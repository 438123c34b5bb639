#pragma once

#include "common/mail/session_facts.h"
#include "common/net/channel_socket.h"

#include <memory>
#include <string>

// OpenSSL's own types; its headers stay in tls_*.cpp.
struct ssl_st;
struct ssl_ctx_st;

namespace postrider::net {

/// TLS over a ChannelSocket, on an SSL object made from Poco::Net::Context.
///
/// Replaces POCO's SecureStreamSocketImpl, which restarts its timeouts, trips over errors that
/// another connection left in OpenSSL's queue, loops for ever on EINTR and gives no access to the
/// SSL object. Takes the carrier's place: from then on nobody may read or write the carrier itself.
/// One thread. SIGPIPE must be ignored or blocked in the process.
class TlsSocket final : public ChannelSocket {
public:
    using Ptr = Poco::AutoPtr<TlsSocket>;
    enum class Side { Client, Server };

    /// Throws std::bad_alloc when OpenSSL cannot make the connection object.
    TlsSocket(ChannelSocket::Ptr carrier, ssl_ctx_st* context, Side side);

    TlsSocket(const TlsSocket&) = delete;
    TlsSocket& operator=(const TlsSocket&) = delete;

    /// One step of the handshake; Moved when it is complete.
    IoAttempt tryHandshake();
    /// After the handshake; with the channel binding on the server's side.
    [[nodiscard]] mail::TlsFacts facts() const;
    /// For SNI, verification results and the like; lent.
    [[nodiscard]] ssl_st* ssl() const noexcept { return ssl_.get(); }

    IoAttempt tryReceive(std::span<char> buffer) override;
    IoAttempt trySend(std::string_view octets) override;
    [[nodiscard]] bool hasPending() const noexcept override;
    void sayGoodbye() noexcept override;
    [[nodiscard]] bool isTls() const noexcept override { return true; }
    void close() override;

    // POCO's own doors, so that no octet can leave in clear text through a StreamSocket: -1 means
    // not now.
    int sendBytes(const void* buffer, int length, int flags) override;
    int receiveBytes(void* buffer, int length, int flags) override;

private:
    ~TlsSocket() override;
    IoAttempt attemptFrom(int result);

    struct SslDeleter {
        void operator()(ssl_st* ssl) const noexcept;
    };

    ChannelSocket::Ptr carrier_;  ///< owns the descriptor
    std::unique_ptr<ssl_st, SslDeleter> ssl_;
    bool broken_ = false;  ///< after a fatal error OpenSSL must not be asked to say goodbye
};

/// The oldest error in OpenSSL's queue of this thread, in words; empties the queue.
[[nodiscard]] std::string takeOpenSslError();

}  // namespace postrider::net
