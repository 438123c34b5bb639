#pragma once

#include "server/routing/alias_source.h"

#include <map>
#include <string>
#include <vector>

namespace postrider::test {

/// Aliases by "name@domain", right sides as in a file; can be down. One thread.
class FakeAliasSource final : public routing::AliasSource {
public:
    std::map<std::string, std::string> aliases;
    std::string down;                ///< the error of every question while it is not empty
    std::vector<std::string> asked;  ///< every question so far

    [[nodiscard]] std::string_view name() const override { return "fake"; }
    Result<std::vector<routing::AliasTarget>, std::string> find(
        std::string_view alias, const mail::Domain& domain) override {
        asked.push_back(std::string{alias} + "@" + domain.ascii());
        if (!down.empty()) return Unexpected{down};
        const auto found = aliases.find(asked.back());
        if (found == aliases.end()) return std::vector<routing::AliasTarget>{};
        return routing::parseTargets(found->second, domain);
    }
};

}  // namespace postrider::test
