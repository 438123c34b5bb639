#include "server/net/accepted_socket.h"

namespace postrider::net {

AcceptedSocket::~AcceptedSocket() = default;

}  // namespace postrider::net
