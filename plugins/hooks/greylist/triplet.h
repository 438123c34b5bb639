#pragma once

#include "common/base/ip_address.h"
#include "common/mail/path.h"

#include <string>

namespace postrider::hooks {

/// What greylisting remembers a try by. Two tries of one message give the same triplet.
struct Triplet {
    std::string network;    ///< "192.0.2.0/24", "2001:db8:1:2::/64": senders retry from next door
    std::string sender;     ///< canonical, "<>" when there is none
    std::string recipient;  ///< canonical

    /// The sender's suffix goes, and its numbers become '#': lists write with another sender for
    /// each message.
    static Triplet of(const IpAddress& client, const mail::ReversePath& sender,
                      const mail::ForwardPath& recipient);
    static std::string networkOf(const IpAddress& client);
};

}  // namespace postrider::hooks
