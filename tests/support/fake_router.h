#pragma once

#include "server/routing/router.h"

#include <map>
#include <set>
#include <string>
#include <utility>

namespace postrider::test {

/// Routes as a test says: domains in `local` to courier "local", aliases as given, the rest to
/// courier "remote" with its domain as next hop. One thread changes it, before others ask.
class FakeRouter final : public routing::Router {
public:
    std::set<std::string> local;
    std::map<std::string, routing::Route> aliases;      ///< by mailbox
    std::map<std::string, routing::RouteError> faults;  ///< by mailbox

    Result<routing::Route, routing::RouteError> route(
        const mail::ForwardPath& recipient) const override {
        const std::string name = recipient.toString();
        if (const auto fault = faults.find(name); fault != faults.end()) {
            return Unexpected{fault->second};
        }
        if (const auto alias = aliases.find(name); alias != aliases.end()) return alias->second;
        return routing::Route{{destinationOf(recipient)}, {}};
    }

    [[nodiscard]] bool isLocal(const mail::Domain& domain) const override {
        return local.contains(domain.ascii());
    }

    /// The destination that a mailbox without alias has.
    [[nodiscard]] routing::Destination destinationOf(const mail::ForwardPath& recipient) const {
        const mail::Mailbox* mailbox = recipient.mailbox();
        const mail::Domain* domain = mailbox == nullptr ? nullptr : mailbox->domain();
        const std::string hop = domain == nullptr ? "example.test" : domain->ascii();
        return {recipient, local.contains(hop) ? "local" : "remote", hop};
    }
};

}  // namespace postrider::test
