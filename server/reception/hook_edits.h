#pragma once

#include "common/mail/verdict.h"
#include "server/reception/candidate.h"
#include "server/reception/refusal.h"

#include <cstddef>
#include <filesystem>
#include <vector>

namespace postrider::reception {

/// Where content goes that must be written anew.
struct RewriteTarget {
    std::filesystem::path spool;
    std::size_t inlineLimit = std::size_t{64} * 1024;  ///< octets kept in memory
};

/// Carries out what hooks want changed, in the order given, all or none: on a Refusal the candidate
/// is as it was. Each PrependHeader stands above the one before it, fields inserted at one place
/// in their order. A field or recipient to be removed that is not there is no error.
///
/// Received octets are copied only when something below the top changes; then piece by piece, into
/// memory or a new spool file, never whole. Throws std::system_error when the received content
/// cannot be read.
[[nodiscard]] MayGoOn applyEdits(const std::vector<mail::Edit>& edits, const RewriteTarget& target,
                                 Candidate& candidate);

}  // namespace postrider::reception
