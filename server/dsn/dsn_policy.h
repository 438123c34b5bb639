#pragma once

#include "common/mail/parameters.h"
#include "common/mail/path.h"

#include <string>

namespace postrider::dsn {

/// Whether a recipient with these parameters is reported on: never to the null reverse-path, which
/// would be a report about a report (RFC 5321 section 4.5.5), and else as NOTIFY says (RFC 3461
/// section 4.1). Failures are reported unless NOTIFY leaves them out, successes only where it names
/// them.
[[nodiscard]] bool wantsFailureReport(const mail::ReversePath& reversePath,
                                      const mail::RcptParameters& parameters);
[[nodiscard]] bool wantsSuccessReport(const mail::ReversePath& reversePath,
                                      const mail::RcptParameters& parameters);

enum class Sender { OurUser, Stranger };
/// Without NOTIFY the choice is ours: our own users are warned. Strangers are not, because
/// reverse-paths from outside are forged, and a delay on our side is none of their business.
[[nodiscard]] bool wantsDelayReport(const mail::ReversePath& reversePath,
                                    const mail::RcptParameters& parameters, Sender sender);

/// Why there was none of a failure, for the journal.
[[nodiscard]] std::string whyNoReport(const mail::ReversePath& reversePath);

}  // namespace postrider::dsn
