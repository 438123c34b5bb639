#pragma once

#include "common/base/result.h"
#include "common/mail/parameters.h"
#include "common/mail/reply.h"

#include <string_view>

namespace postrider::smtp {

/// The parameters behind a path: `KEY` or `KEY=value`, separated by spaces (RFC 5321 section
/// 4.1.2, esmtp-param). Or the reply that refuses them: 555 5.5.4 for a keyword that we do not
/// know, 501 5.5.4 for a bad or repeated one.
///
/// MAIL knows SIZE (RFC 1870), BODY (RFC 6152, 3030), SMTPUTF8 (RFC 6531), RET and ENVID (RFC
/// 3461), REQUIRETLS (RFC 8689), HOLDFOR and HOLDUNTIL (RFC 4865), and AUTH, which is accepted and
/// believed of nobody (RFC 4954 section 5). Whether this client may use them now is decided by
/// transaction_rules.
Result<mail::MailParameters, mail::Reply> parseMailParameters(std::string_view text);
/// RCPT knows NOTIFY and ORCPT (RFC 3461).
Result<mail::RcptParameters, mail::Reply> parseRcptParameters(std::string_view text);

}  // namespace postrider::smtp
