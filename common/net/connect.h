#pragma once

#include "common/base/deadline.h"
#include "common/base/ip_address.h"
#include "common/base/result.h"
#include "common/net/line_channel.h"

#include <filesystem>
#include <memory>
#include <string>

namespace postrider::net {

/// A connected TCP channel, or the reason ("Connection refused"). close-on-exec, TCP_NODELAY.
Result<std::unique_ptr<LineChannel>, std::string> connectTcp(const Endpoint& peer,
                                                             Deadline deadline);
/// The same over a unix stream socket.
Result<std::unique_ptr<LineChannel>, std::string> connectUnix(const std::filesystem::path& socket,
                                                              Deadline deadline);

}  // namespace postrider::net
