#pragma once

#include "common/base/deadline.h"
#include "common/base/result.h"
#include "common/net/channel_socket.h"
#include "server/net/proxy_protocol.h"

#include <string>

namespace postrider::net {

/// Reads the PROXY header that a connection begins with. Takes exactly the header's octets out of
/// the socket: the client's own, perhaps the hello of a TLS handshake, stay where they are. Before
/// anything else reads from it. Error: why there is none, for the log.
Result<ProxyHeader, std::string> readProxyHeader(const ChannelSocket& socket, Deadline deadline);

}  // namespace postrider::net
