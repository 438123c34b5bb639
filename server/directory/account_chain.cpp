#include "server/directory/account_chain.h"

#include <algorithm>

namespace postrider::directory {

Result<std::optional<users::Account>, std::string> AccountChain::find(
    const mail::Mailbox& address) {
    for (auto* source : sources_) {
        auto found = source->find(address);
        if (!found || *found) return found;
    }
    return std::optional<users::Account>{};
}

Result<std::optional<users::Account>, std::string> AccountChain::findAnew(
    const mail::Mailbox& address) {
    for (auto* source : sources_) {
        auto found = source->findAnew(address);
        if (!found || *found) return found;
    }
    return std::optional<users::Account>{};
}

Result<bool, std::string> AccountChain::check(const mail::Mailbox& address,
                                              std::string_view password) {
    for (auto* source : sources_) {
        const auto found = source->find(address);
        if (!found) return Unexpected{found.error()};
        if (*found) return source->check(address, password);
    }
    return false;
}

Result<Done, std::string> AccountChain::imitateRefusal(const mail::Mailbox& address) {
    for (auto* source : sources_) {
        auto refused = source->imitateRefusal(address);
        if (!refused) return refused;
    }
    return Done{};
}

bool AccountChain::holdsVerifiers() const {
    return std::any_of(sources_.begin(), sources_.end(),
                       [](const auto* source) { return source->holdsVerifiers(); });
}

std::optional<std::string> AccountChain::standIn(const mail::Mailbox& address,
                                                 std::string_view scheme) {
    for (auto* source : sources_) {
        if (auto hash = source->standIn(address, scheme)) return hash;
    }
    return std::nullopt;
}

}  // namespace postrider::directory
