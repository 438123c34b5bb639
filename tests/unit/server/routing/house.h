#pragma once

#include "server/routing/address_book.h"
#include "server/routing/alias_resolver.h"
#include "tests/support/temp_dir.h"

#include <algorithm>
#include <doctest/doctest.h>
#include <memory>
#include <string>
#include <vector>

namespace postrider::test {

/// A configuration folder with domains, and questions about it.
class House {
public:
    House& domain(const std::string& name, const std::string& users, const std::string& aliases,
                  const std::string& properties = "") {
        dir_.write("domains/" + name + "/users", users);
        dir_.write("domains/" + name + "/aliases", aliases);
        dir_.write("domains/" + name + "/domain.properties", properties);
        return *this;
    }
    [[nodiscard]] const TempDir& dir() const { return dir_; }
    [[nodiscard]] std::shared_ptr<const routing::AddressBook> book() const {
        const auto read = routing::AddressBook::read({dir_.path(), {}});
        REQUIRE(read.has_value());
        return *read;
    }
    [[nodiscard]] Result<routing::Route, routing::RouteError> resolve(
        const std::string& address) const {
        const auto read = book();
        return routing::AliasResolver{*read, couriers, elsewhere}.resolve(
            mail::Mailbox::parse(address).value());
    }
    /// "final courier nextHop", sorted; or the reason why there are none.
    [[nodiscard]] std::vector<std::string> destinations(const std::string& address) const {
        const auto route = resolve(address);
        if (!route) return {route.error().reason};
        std::vector<std::string> lines;
        for (const auto& d : route->destinations)
            lines.push_back(d.final.toString() + " " + d.courier + " " + d.nextHop);
        std::sort(lines.begin(), lines.end());
        return lines;
    }

    routing::RoutingCouriers couriers{"local", "remote", "pipe"};
    routing::Elsewhere elsewhere{};

private:
    TempDir dir_;
};

}  // namespace postrider::test
