#include "common/net/line_channel.h"

namespace postrider::net {

std::string_view describe(ChannelError error) {
    switch (error) {
        case ChannelError::Closed:
            return "the peer closed the connection";
        case ChannelError::TimedOut:
            return "timed out";
        case ChannelError::LineTooLong:
            return "line too long";
        case ChannelError::BareLineEnd:
            return "a CR or LF outside CRLF";
        case ChannelError::TlsFailed:
            return "TLS failed";
        case ChannelError::Failed:
            return "connection failed";
    }
    return "connection failed";
}

}  // namespace postrider::net
