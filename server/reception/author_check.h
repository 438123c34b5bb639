#pragma once

#include "common/mail/header.h"
#include "server/reception/refusal.h"
#include "server/routing/originator_policy.h"

#include <string>

namespace postrider::reception {

/// Refuses a submission whose From or Sender fields name an address that its user may not write as
/// (from.restrict of the user's domain). Every address of every such field counts, and a field that
/// cannot be read names nobody who is allowed. Resent-* fields are not looked at: they tell who
/// passed a message on, and readers do not show them as its author.
[[nodiscard]] MayGoOn checkAuthors(const mail::HeaderSection& header, const std::string& user,
                                   const routing::OriginatorPolicy& policy);

}  // namespace postrider::reception
