#pragma once

#include "common/base/ip_address.h"
#include "common/mail/session_facts.h"

#include <optional>
#include <string>
#include <string_view>

namespace postrider::smtp {

/// Who we are, to the client that says it is us.
struct OurNames {
    std::string_view hostname;
    std::optional<IpAddress> address;  ///< that the client has connected to
};

/// What is odd about the name that a client gave with EHLO, in words for the journal; nothing for a
/// name as it should be, and before there is one. Never a reason to refuse mail (RFC 5321
/// section 4.1.4).
[[nodiscard]] std::optional<std::string_view> remarkOnEhlo(const mail::SessionFacts& facts,
                                                           const OurNames& ours);

}  // namespace postrider::smtp
