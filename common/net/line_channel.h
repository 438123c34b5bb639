#pragma once

#include "common/base/deadline.h"
#include "common/base/ip_address.h"
#include "common/base/result.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace postrider::net {

/// Why reading or writing stopped.
enum class ChannelError {
    Closed,       ///< the peer ended the connection (for TLS: also without close_notify)
    TimedOut,     ///< the deadline passed
    LineTooLong,  ///< no line end within the limit; the rest of the line has been skipped
    BareLineEnd,  ///< a CR or LF that is not part of CRLF
    TlsFailed,    ///< handshake or record error; the channel is dead
    Failed,       ///< any other error; lastError() tells
};
[[nodiscard]] std::string_view describe(ChannelError error);

/// A byte stream with lines, as SMTP speaks it: over TCP, a unix socket, or TLS.
///
/// Blocking; every wait ends at the deadline in force. Writes are buffered until flush(), and
/// reading from the peer flushes first, so that pipelined replies leave in one segment (RFC 2920).
/// One thread, but abort() from any.
class LineChannel {
public:
    virtual ~LineChannel() = default;

    /// Holds for every operation until set again.
    virtual void setDeadline(Deadline deadline) = 0;

    /// One line without its CRLF, at most `limit` octets with it; `limit` is at most 16 KiB. A line
    /// cut off by the end of the connection or the deadline is not a line: only the error is
    /// returned.
    virtual Result<std::string, ChannelError> readLine(std::size_t limit) = 0;
    /// What is there, at least one octet, without copying: valid until the next call. Says with
    /// consume() how much was used.
    virtual Result<std::string_view, ChannelError> peek() = 0;
    virtual void consume(std::size_t octets) = 0;
    /// Whether octets are there or arrive before the deadline; none are consumed. With a deadline
    /// that has passed it does not wait.
    virtual bool hasInput() = 0;
    /// Whether the peer has ended the connection, or its side of it: for one that was idle and is
    /// to be used again. Waits for nothing, consumes nothing.
    [[nodiscard]] virtual bool peerHasLeft() const = 0;

    virtual Result<Done, ChannelError> write(std::string_view octets) = 0;
    virtual Result<Done, ChannelError> flush() = 0;

    /// Octets received and not yet consumed, as far as we know without asking the kernel.
    [[nodiscard]] virtual std::size_t buffered() const = 0;
    /// Forgets them (STARTTLS, RFC 3207 section 4.2).
    virtual void discardBuffered() = 0;

    /// Wakes the blocked thread: its operation ends with Closed. Any thread, any time.
    virtual void abort() noexcept = 0;
    /// Wakes the thread that waits for input: reading ends with Closed once what has arrived is
    /// used up, writing goes on, so that a last reply can leave. Any thread, any time.
    virtual void endReading() noexcept = 0;
    /// Ends the connection politely as far as the deadline allows: flushes, says close_notify, and
    /// while the peer still talks drops what it says for at most a second, so that a reset does not
    /// destroy the last reply. Never throws.
    virtual void close() noexcept = 0;

    [[nodiscard]] virtual std::string lastError() const = 0;
};

}  // namespace postrider::net
