#pragma once

#include "common/base/result.h"
#include "common/mail/path.h"

#include <string>
#include <vector>

namespace postrider::routing {

/// Where one recipient goes after alias expansion.
struct Destination {
    mail::ForwardPath final;  ///< the original for a pipe target
    std::string courier;      ///< instance name
    std::string nextHop;      ///< domain, or the command of a pipe target
};

/// What a recipient expands to, and how it came to that (for the journal).
struct Route {
    std::vector<Destination> destinations;  ///< de-duplicated
    std::vector<std::string> trail;         ///< "alice@a.example -> alias -> bob@b.example"
};

enum class RouteFault { UnknownUser, MailboxDisabled, AliasLoop, TemporaryFailure };
struct RouteError {
    RouteFault fault = RouteFault::TemporaryFailure;
    std::string reason;
};

/// mailbox -> {courier instance, next hop}, through aliases. Thread-safe; a reload swaps what
/// stands behind it.
class Router {
public:
    virtual ~Router() = default;
    /// For remote recipients too: they are their own destination.
    virtual Result<Route, RouteError> route(const mail::ForwardPath& recipient) const = 0;
    [[nodiscard]] virtual bool isLocal(const mail::Domain& domain) const = 0;
};

}  // namespace postrider::routing
