#pragma once

#include "common/plugin/hook.h"
#include "plugins/hooks/dns_lists/list_checker.h"
#include "plugins/hooks/greylist/greylist_store.h"

#include <chrono>
#include <memory>
#include <vector>

namespace postrider::hooks {

struct GreylistOptions {
    GreylistRules rules;
    std::vector<DnsList> welcome;      ///< whoever is on one of these need not wait
    std::chrono::seconds timeout{10};  ///< for asking them
};

/// Lets strangers try again (RFC 6647): mail servers do, spam programs mostly do not. Thread-safe.
///
/// A recipient of an unknown triplet is refused with 450 4.7.1 until a later try. Without a sender
/// (notifications, but also the questions of servers that check our users' addresses) nothing is
/// said before the end of data, so that such a question is answered at once. Users who have logged
/// in, trusted networks and networks with many passed triplets never wait. A file that is damaged
/// or locked is an error of the hook: on_error decides.
///
/// SPF is to come in here: with a result in SessionFacts, a sender that passes is remembered by its
/// domain in place of the network, in Triplet::of().
class GreylistHook final : public plugin::Hook {
public:
    GreylistHook(GreylistOptions options, const plugin::Host& host);

    plugin::Admission onConnect(const mail::SessionFacts& facts) override;

private:
    const GreylistOptions options_;
    Clock& clock_;
    GreylistStore store_;
    ListChecker welcome_;
};

class GreylistFactory final : public plugin::HookFactory {
public:
    [[nodiscard]] std::chrono::seconds usualTimeout() const override {
        return GreylistOptions{}.timeout;
    }
    [[nodiscard]] std::unique_ptr<plugin::Hook> create(const plugin::Settings& settings,
                                                       const plugin::Host& host) const override;
};

}  // namespace postrider::hooks
