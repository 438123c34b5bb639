#pragma once

#include "common/net/channel_socket.h"
#include "common/net/line_channel.h"
#include "common/net/tls_socket.h"

#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

namespace postrider::net {

/// LineChannel over a ChannelSocket: plain TCP, a unix socket, or TLS once startTls() has been
/// called.
///
/// Memory: no input buffer until something has arrived, then 2 KiB, and up to 16 KiB only for peers
/// that fill it. One thread; abort() and endReading() from any.
class PocoLineChannel final : public LineChannel {
public:
    explicit PocoLineChannel(ChannelSocket::Ptr socket);
    ~PocoLineChannel() override;
    PocoLineChannel(const PocoLineChannel&) = delete;
    PocoLineChannel& operator=(const PocoLineChannel&) = delete;

    /// The socket in use; what TLS is built upon.
    [[nodiscard]] const ChannelSocket::Ptr& socket() const noexcept { return socket_; }
    /// Flushes, shakes hands, and from then on speaks through `tls`, which stands on socket(). On
    /// an error, told in words for the log, the channel is dead.
    Result<Done, std::string> startTls(TlsSocket::Ptr tls, Deadline deadline);

    void setDeadline(Deadline deadline) override { deadline_ = deadline; }
    Result<std::string, ChannelError> readLine(std::size_t limit) override;
    Result<std::string_view, ChannelError> peek() override;
    void consume(std::size_t octets) override;
    bool hasInput() override;
    [[nodiscard]] bool peerHasLeft() const override;
    Result<Done, ChannelError> write(std::string_view octets) override;
    Result<Done, ChannelError> flush() override;
    [[nodiscard]] std::size_t buffered() const override { return end_ - begin_; }
    void discardBuffered() override { begin_ = end_ = 0; }
    void abort() noexcept override;
    void endReading() noexcept override;
    void close() noexcept override;
    [[nodiscard]] std::string lastError() const override { return socket_->problem(); }

private:
    enum class Patience { AskFirst, WaitFirst };

    [[nodiscard]] std::string_view pending() const {
        return {input_.get() + begin_, end_ - begin_};
    }
    Result<Done, ChannelError> fill();
    Result<Done, ChannelError> receive(Patience patience);
    std::span<char> roomForInput();
    Result<std::string, ChannelError> skipLongLine();
    Result<Done, ChannelError> sendAll(std::string_view octets);
    Result<Done, ChannelError> wait(short events);
    Result<Done, ChannelError> waitAfter(IoAttempt::Outcome outcome);
    [[nodiscard]] ChannelError failure() const;
    void linger() noexcept;
    void shutDown(int how) noexcept;

    ChannelSocket::Ptr socket_;
    Deadline deadline_;
    std::unique_ptr<char[]>
        input_;  // NOLINT(modernize-avoid-c-arrays): left uninitialised on purpose
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;  ///< what has arrived and is not consumed: [begin_, end_) of input_
    std::size_t end_ = 0;
    bool filledUp_ = false;  ///< the last receive took all the room there was
    std::string output_;

    std::mutex closing_;  ///< guards the descriptor against abort() while it is closed or replaced
    bool open_ = true;
};

}  // namespace postrider::net
