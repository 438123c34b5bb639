#pragma once

#include "common/mail/parameters.h"
#include "common/mail/path.h"

#include <string>

namespace postrider::dsn {

/// Whether the failure of a recipient with these parameters is reported: not to the null
/// reverse-path, which would be a report about a report (RFC 5321 section 4.5.5), and not when
/// NOTIFY was given without FAILURE (RFC 3461 section 4.1).
[[nodiscard]] bool wantsFailureReport(const mail::ReversePath& reversePath,
                                      const mail::RcptParameters& parameters);

/// Why there was none, for the journal.
[[nodiscard]] std::string whyNoReport(const mail::ReversePath& reversePath);

}  // namespace postrider::dsn
