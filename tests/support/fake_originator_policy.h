#pragma once

#include "server/routing/originator_policy.h"

#include <set>
#include <string>

namespace postrider::test {

/// Everybody may write as anybody, until a test names those who may not. One thread changes it,
/// before others ask.
class FakeOriginatorPolicy final : public routing::OriginatorPolicy {
public:
    /// Users that may write only as `theirs`; empty: nobody is restricted.
    std::set<std::string> restricted;
    std::set<std::string> theirs;  ///< addresses
    std::set<std::string> notNow;  ///< addresses that cannot be looked up

    [[nodiscard]] bool isRestricted(const std::string& user,
                                    routing::OriginatorPlace /*place*/) const override {
        return restricted.contains(user);
    }
    [[nodiscard]] Result<bool, std::string> mayWriteAs(
        const std::string& user, const mail::Mailbox& address,
        routing::OriginatorPlace place) const override {
        const std::string name = address.toString();
        if (notNow.contains(name)) return Unexpected{std::string{"the hook is broken"}};
        return !isRestricted(user, place) || theirs.contains(name);
    }
};

}  // namespace postrider::test
