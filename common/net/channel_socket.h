#pragma once

#include <Poco/AutoPtr.h>
#include <Poco/Net/StreamSocketImpl.h>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace postrider::net {

/// What one attempt to move octets came to.
struct IoAttempt {
    enum class Outcome {
        Moved,         ///< `octets` of them, at least one
        WaitReadable,  ///< nothing now: ask again when ::poll says POLLIN
        WaitWritable,  ///< the same with POLLOUT
        Closed,        ///< the peer has ended the connection
        Failed,        ///< problem() of the socket tells
    };
    Outcome outcome = Outcome::Failed;
    std::size_t octets = 0;
};

/// A connected stream socket that never blocks: each attempt moves what can be moved now, and
/// whoever waits does so with
/// ::poll against an absolute deadline. Everything PocoLineChannel speaks over is one of these.
///
/// Owns the descriptor, which must be non-blocking and close-on-exec already. One thread.
class ChannelSocket : public Poco::Net::StreamSocketImpl {
public:
    using Ptr = Poco::AutoPtr<ChannelSocket>;

    explicit ChannelSocket(poco_socket_t fd) : StreamSocketImpl(fd) {}

    virtual IoAttempt tryReceive(std::span<char> buffer);
    virtual IoAttempt trySend(std::string_view octets);
    /// Octets that have arrived but that ::poll will not announce.
    [[nodiscard]] virtual bool hasPending() const noexcept { return false; }
    /// Tells the peer that nothing follows, where the protocol has a word for it (TLS
    /// close_notify).
    virtual void sayGoodbye() noexcept {}
    /// Whether what the peer sees is protected by TLS.
    [[nodiscard]] virtual bool isTls() const noexcept { return false; }

    /// The reason of the last Failed, for the log.
    [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

    ChannelSocket(const ChannelSocket&) = delete;
    ChannelSocket& operator=(const ChannelSocket&) = delete;

protected:
    ChannelSocket() = default;
    ~ChannelSocket() override = default;

    IoAttempt failed(std::string problem);
    /// The outcome that belongs to errno `error` of recv or send.
    IoAttempt fromErrno(int error, IoAttempt::Outcome whenNotReady);

private:
    std::string problem_;
};

}  // namespace postrider::net
