#pragma once

#include "common/base/current.h"
#include "server/routing/alias_resolver.h"
#include "server/routing/live_address_book.h"
#include "server/routing/router.h"

#include <memory>
#include <string>
#include <utility>

namespace postrider::routing {

/// The Router over the live address book. Thread-safe.
class AliasRouter final : public Router {
public:
    /// `hostname` decides whose postmaster the bare `<Postmaster>` is. `elsewhere` has what
    /// is in no file.
    AliasRouter(const LiveAddressBook& books, RoutingCouriers couriers, std::string hostname,
                const Elsewhere& elsewhere = {})
        : books_(books),
          couriers_(std::make_shared<const RoutingCouriers>(std::move(couriers))),
          hostname_(std::move(hostname)),
          elsewhere_(elsewhere) {}

    Result<Route, RouteError> route(const mail::ForwardPath& recipient) const override;
    [[nodiscard]] bool isLocal(const mail::Domain& domain) const override;

    /// For what is routed from now on.
    void useCouriers(RoutingCouriers couriers) {
        couriers_.set(std::make_shared<const RoutingCouriers>(std::move(couriers)));
    }

private:
    const LiveAddressBook& books_;
    Current<const RoutingCouriers> couriers_;
    std::string hostname_;
    const Elsewhere elsewhere_;
};

/// Who gets mail for the bare `<Postmaster>` of this host (RFC 5321 section 4.5.1): the postmaster
/// of the domain that is the hostname or the nearest above it, else of the first domain that has
/// one.
Result<Route, RouteError> routeBarePostmaster(const AddressBook& book,
                                              const RoutingCouriers& couriers,
                                              const std::string& hostname,
                                              const Elsewhere& elsewhere = {});

}  // namespace postrider::routing
