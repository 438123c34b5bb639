#pragma once

#include "common/mail/parameters.h"

#include <string>

namespace postrider::net {

/// What is said in MAIL to a peer that offers DSN: " RET=HDRS ENVID=QQ314159", or nothing (RFC 3461
/// sections 4.3, 4.4). What cannot be said in the grammar and the lengths of the RFC is left out:
/// such a value came from no client.
[[nodiscard]] std::string dsnMailParameters(const mail::MailParameters& parameters);

/// The same in RCPT: " NOTIFY=SUCCESS,DELAY ORCPT=rfc822;bob+2Bx@b.example" (RFC 3461 sections 4.1,
/// 4.2). Addresses of type utf-8 leave in their ASCII form, which every peer takes (RFC 6533
/// section 3).
[[nodiscard]] std::string dsnRcptParameters(const mail::RcptParameters& parameters);

}  // namespace postrider::net
