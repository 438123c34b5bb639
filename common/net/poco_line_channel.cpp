#include "common/net/poco_line_channel.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <utility>

namespace postrider::net {

namespace {

constexpr std::size_t firstCapacity = 2048;
constexpr std::size_t mostCapacity = 16'384;
constexpr std::size_t flushAt = 16'384;
constexpr std::size_t lingerOctets = 1'048'576;
constexpr std::chrono::milliseconds lingerTime{1000};
/// A channel nobody gave a deadline waits this long: no operation may wait for ever.
constexpr std::chrono::minutes defaultPatience{5};

/// Where the first CR or LF at or after `from` is, or the text's end.
std::size_t findLineEnd(std::string_view text, std::size_t from) {
    while (from < text.size() && text[from] != '\r' && text[from] != '\n')
        ++from;
    return from;
}

}  // namespace

PocoLineChannel::PocoLineChannel(ChannelSocket::Ptr socket)
    : socket_(std::move(socket)), deadline_(Deadline::after(defaultPatience)) {}

PocoLineChannel::~PocoLineChannel() {
    const std::lock_guard lock(closing_);
    open_ = false;
}

Result<Done, std::string> PocoLineChannel::startTls(TlsSocket::Ptr tls, Deadline deadline) {
    setDeadline(deadline);
    if (const auto flushed = flush(); !flushed)
        return Unexpected{std::string(describe(flushed.error()))};
    {
        const std::lock_guard lock(closing_);
        socket_ = tls;
    }
    for (;;) {
        if (deadline_.passed()) return Unexpected{std::string("timed out")};
        const auto attempt = tls->tryHandshake();
        Result<Done, ChannelError> waited = Done{};
        switch (attempt.outcome) {
            case IoAttempt::Outcome::Moved:
                return Done{};
            case IoAttempt::Outcome::WaitReadable:
                waited = wait(POLLIN);
                break;
            case IoAttempt::Outcome::WaitWritable:
                waited = wait(POLLOUT);
                break;
            case IoAttempt::Outcome::Closed:
                return Unexpected{std::string(describe(ChannelError::Closed))};
            case IoAttempt::Outcome::Failed:
                return Unexpected{lastError()};
        }
        if (!waited) return Unexpected{std::string(describe(waited.error()))};
    }
}

Result<std::string, ChannelError> PocoLineChannel::readLine(std::size_t limit) {
    assert(limit <= mostCapacity);
    std::size_t scanned = 0;
    for (;;) {
        const auto text = pending();
        scanned = findLineEnd(text, scanned);
        const bool cr = scanned < text.size() && text[scanned] == '\r';
        const bool lf = scanned < text.size() && text[scanned] == '\n';
        if (lf || (cr && scanned + 1 < text.size() && text[scanned + 1] != '\n')) {
            consume(scanned + 1);
            return Unexpected{ChannelError::BareLineEnd};
        }
        if (cr && scanned + 1 < text.size()) {
            std::string line(text.substr(0, scanned));
            consume(scanned + 2);
            if (scanned + 2 > limit) return Unexpected{ChannelError::LineTooLong};
            return line;
        }
        if (text.size() >= limit) return skipLongLine();
        if (const auto filled = fill(); !filled) return Unexpected{filled.error()};
    }
}

Result<std::string, ChannelError> PocoLineChannel::skipLongLine() {
    for (;;) {
        const auto text = pending();
        const auto at = text.find("\r\n");
        if (at != std::string_view::npos) {
            consume(at + 2);
            return Unexpected{ChannelError::LineTooLong};
        }
        consume(text.size() - (text.ends_with('\r') ? 1 : 0));
        if (const auto filled = fill(); !filled) return Unexpected{filled.error()};
    }
}

Result<std::string_view, ChannelError> PocoLineChannel::peek() {
    if (buffered() == 0) {
        if (const auto filled = fill(); !filled) return Unexpected{filled.error()};
    }
    return pending();
}

void PocoLineChannel::consume(std::size_t octets) {
    assert(octets <= buffered());
    begin_ += octets;
    if (begin_ == end_) begin_ = end_ = 0;
}

bool PocoLineChannel::hasInput() {
    if (buffered() > 0) return true;
    if (!socket_->hasPending() && !wait(POLLIN)) return false;
    // ::poll announces the end of the connection too, which is no input.
    const auto attempt = socket_->tryReceive(roomForInput());
    if (attempt.outcome != IoAttempt::Outcome::Moved) return false;
    end_ += attempt.octets;
    return true;
}

bool PocoLineChannel::peerHasLeft() const {
    pollfd connection{socket_->sockfd(), POLLRDHUP, 0};  // and POLLHUP and POLLERR, unasked
    return ::poll(&connection, 1, 0) > 0;
}

Result<Done, ChannelError> PocoLineChannel::fill() {
    // After a reply has left, the next command is a round trip away: asking the kernel before
    // waiting would only cost a system call. In the middle of a stream it is the other way round.
    const bool answered = !output_.empty();
    if (const auto flushed = flush(); !flushed) return flushed;
    const bool waitFirst = (answered || !input_) && !socket_->hasPending();
    return receive(waitFirst ? Patience::WaitFirst : Patience::AskFirst);
}

Result<Done, ChannelError> PocoLineChannel::receive(Patience patience) {
    if (patience == Patience::WaitFirst) {
        if (const auto waited = wait(POLLIN); !waited) return waited;
    }
    for (;;) {
        // Checked here and not only in wait(): a peer that always has one more octet never makes us
        // wait.
        if (deadline_.passed()) return Unexpected{ChannelError::TimedOut};
        const auto room = roomForInput();
        const auto attempt = socket_->tryReceive(room);
        if (attempt.outcome == IoAttempt::Outcome::Moved) {
            filledUp_ = attempt.octets == room.size();
            end_ += attempt.octets;
            return Done{};
        }
        if (const auto waited = waitAfter(attempt.outcome); !waited) return waited;
    }
}

/// What an attempt that moved nothing calls for: waiting, or giving up.
Result<Done, ChannelError> PocoLineChannel::waitAfter(IoAttempt::Outcome outcome) {
    switch (outcome) {
        case IoAttempt::Outcome::Moved:
            return Done{};
        case IoAttempt::Outcome::WaitReadable:
            return wait(POLLIN);
        case IoAttempt::Outcome::WaitWritable:
            return wait(POLLOUT);
        case IoAttempt::Outcome::Closed:
            return Unexpected{ChannelError::Closed};
        case IoAttempt::Outcome::Failed:
            break;
    }
    return Unexpected{failure()};
}

std::span<char> PocoLineChannel::roomForInput() {
    if (begin_ > 0) {
        std::memmove(input_.get(), input_.get() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    // A peer that fills the first buffer sends in bulk: it gets a larger one.
    if (capacity_ == 0 || (filledUp_ && capacity_ < mostCapacity)) {
        const auto larger = capacity_ == 0 ? firstCapacity : mostCapacity;
        // NOLINTNEXTLINE(modernize-avoid-c-arrays): left uninitialised on purpose
        std::unique_ptr<char[]> grown(new char[larger]);
        if (end_ > 0) std::memcpy(grown.get(), input_.get(), end_);
        input_ = std::move(grown);
        capacity_ = larger;
    }
    return {input_.get() + end_, capacity_ - end_};
}

Result<Done, ChannelError> PocoLineChannel::write(std::string_view octets) {
    if (octets.size() >= flushAt) {
        if (const auto flushed = flush(); !flushed) return flushed;
        return sendAll(octets);
    }
    output_.append(octets);
    if (output_.size() >= flushAt) return flush();
    return Done{};
}

Result<Done, ChannelError> PocoLineChannel::flush() {
    if (output_.empty()) return Done{};
    const auto sent = sendAll(output_);
    output_.clear();
    return sent;
}

Result<Done, ChannelError> PocoLineChannel::sendAll(std::string_view octets) {
    while (!octets.empty()) {
        if (deadline_.passed()) return Unexpected{ChannelError::TimedOut};
        const auto attempt = socket_->trySend(octets);
        if (attempt.outcome == IoAttempt::Outcome::Moved) {
            octets.remove_prefix(attempt.octets);
        } else if (const auto waited = waitAfter(attempt.outcome); !waited) {
            return waited;
        }
    }
    return Done{};
}

Result<Done, ChannelError> PocoLineChannel::wait(short events) {
    pollfd waiting{socket_->sockfd(), events, 0};
    for (;;) {
        const int ready = ::poll(&waiting, 1, deadline_.pollTimeout());
        if (ready > 0) return Done{};
        if (ready == 0) return Unexpected{ChannelError::TimedOut};
        if (errno != EINTR) return Unexpected{ChannelError::Failed};
    }
}

ChannelError PocoLineChannel::failure() const {
    return socket_->isTls() ? ChannelError::TlsFailed : ChannelError::Failed;
}

void PocoLineChannel::abort() noexcept {
    shutDown(SHUT_RDWR);
}

void PocoLineChannel::endReading() noexcept {
    shutDown(SHUT_RD);
}

void PocoLineChannel::shutDown(int how) noexcept {
    const std::lock_guard lock(closing_);
    if (open_) ::shutdown(socket_->sockfd(), how);
}

void PocoLineChannel::close() noexcept {
    {
        const std::lock_guard lock(closing_);
        if (!open_) return;
    }
    const bool flushed = flush().has_value();
    if (flushed) socket_->sayGoodbye();
    if (flushed) linger();
    const std::lock_guard lock(closing_);
    open_ = false;
    socket_->close();
}

void PocoLineChannel::linger() noexcept {
    // Closing a socket with unread input sends a reset, and that may overtake the reply just sent.
    char scrap[1024];  // NOLINT(modernize-avoid-c-arrays): scratch space
    const auto fd = socket_->sockfd();
    const bool talking = buffered() > 0 || ::recv(fd, scrap, sizeof scrap, MSG_DONTWAIT) > 0;
    if (!talking) return;
    ::shutdown(fd, SHUT_WR);
    setDeadline(deadline_.orSooner(Deadline::after(lingerTime)));
    for (std::size_t dropped = 0; dropped < lingerOctets && !deadline_.passed();) {
        if (!wait(POLLIN)) return;
        const auto got = ::recv(fd, scrap, sizeof scrap, MSG_DONTWAIT);
        if (got <= 0) return;
        dropped += static_cast<std::size_t>(got);
    }
}

}  // namespace postrider::net
