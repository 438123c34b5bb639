#pragma once

#include "server/routing/alias_source.h"
#include "server/users/account_source.h"

namespace postrider::routing {

/// What is kept outside of the configuration folder; null where nothing is. Both outlive who asks.
struct Elsewhere {
    users::AccountSource* accounts = nullptr;
    AliasSource* aliases = nullptr;
};

}  // namespace postrider::routing
