#include "common/net/channel_socket.h"

#include <cerrno>
#include <sys/socket.h>
#include <system_error>
#include <utility>

namespace postrider::net {

IoAttempt ChannelSocket::tryReceive(std::span<char> buffer) {
    const auto got = ::recv(sockfd(), buffer.data(), buffer.size(), 0);
    if (got > 0) return {IoAttempt::Outcome::Moved, static_cast<std::size_t>(got)};
    if (got == 0) return {IoAttempt::Outcome::Closed};
    return fromErrno(errno, IoAttempt::Outcome::WaitReadable);
}

IoAttempt ChannelSocket::trySend(std::string_view octets) {
    const auto sent = ::send(sockfd(), octets.data(), octets.size(), MSG_NOSIGNAL);
    if (sent >= 0) return {IoAttempt::Outcome::Moved, static_cast<std::size_t>(sent)};
    return fromErrno(errno, IoAttempt::Outcome::WaitWritable);
}

IoAttempt ChannelSocket::failed(std::string problem) {
    problem_ = std::move(problem);
    return {IoAttempt::Outcome::Failed};
}

IoAttempt ChannelSocket::fromErrno(int error, IoAttempt::Outcome whenNotReady) {
    // EAGAIN and EWOULDBLOCK are one value on Linux.
    if (error == EAGAIN || error == EINTR) return {whenNotReady};
    if (error == ECONNRESET || error == EPIPE || error == ENOTCONN || error == EBADF) {
        return {IoAttempt::Outcome::Closed};
    }
    return failed(std::generic_category().message(error));
}

}  // namespace postrider::net
