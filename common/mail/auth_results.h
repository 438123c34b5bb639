#pragma once

#include <string>
#include <string_view>

namespace postrider::mail {

/// Which server an Authentication-Results field says it is from: the authserv-id behind comments
/// and folds, in lower case, quotes and a dot at the end taken off; empty when there is none (RFC
/// 8601 section 2.2). Reads further than the grammar goes, because those who believe the field may
/// too.
[[nodiscard]] std::string authservId(std::string_view value);

/// Whether the field claims to be ours: its authserv-id is our hostname, in any case and as
/// U-labels or A-labels. One that came from outside is forged, or of an earlier passage and of no
/// use (RFC 8601 section 5).
[[nodiscard]] bool claimsToBeFrom(std::string_view value, std::string_view hostname);

}  // namespace postrider::mail
