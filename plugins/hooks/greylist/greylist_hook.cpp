#include "plugins/hooks/greylist/greylist_hook.h"

#include "common/base/deadline.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace postrider::hooks {

namespace {

constexpr std::chrono::seconds remembered{std::chrono::minutes{5}};

/// "a minute", "5 minutes": rounded up, so that a client that believes us is late enough.
std::string inWords(std::chrono::seconds wait) {
    const auto minutes = std::chrono::ceil<std::chrono::minutes>(wait).count();
    return minutes <= 1 ? "a minute" : std::to_string(minutes) + " minutes";
}

mail::Refuse tryAgain(std::chrono::seconds wait, const std::string& network) {
    return {mail::Reply{450, mail::EnhancedStatus{4, 7, 1},
                        "We have not met before, please try again in " + inWords(wait)},
            "first tries from " + network + " must wait, " + std::to_string(wait.count()) +
                " seconds more"};
}

/// What sessions are lent by the hook, which outlives them.
struct Parts {
    const GreylistOptions& options;
    Clock& clock;
    GreylistStore& store;
    ListChecker& welcome;
};

class GreylistSession final : public plugin::HookSession {
public:
    explicit GreylistSession(Parts parts) : parts_(parts) {}

    mail::Verdict onMail(const mail::SessionFacts& /*facts*/, const mail::ReversePath& path,
                         const mail::MailParameters& /*parameters*/) override {
        sender_ = path;
        return mail::Proceed{};
    }

    mail::Verdict onRcpt(const mail::SessionFacts& facts, const mail::ForwardPath& path,
                         const mail::RcptParameters& /*parameters*/) override {
        if (isExempt(facts) || sender_.isNull()) return mail::Proceed{};
        return judge(facts, waitFor(facts, path));
    }

    mail::MessageVerdict onMessage(const mail::MessageView& message) override {
        if (isExempt(message.facts) || !sender_.isNull()) return {};
        std::chrono::seconds longest{0};
        for (const auto& recipient : message.envelope.recipients)
            longest = std::max(longest, waitFor(message.facts, recipient.path));
        return {judge(message.facts, longest), {}};
    }

private:
    static bool isExempt(const mail::SessionFacts& facts) {
        return facts.user.has_value() || facts.trusted;
    }

    std::chrono::seconds waitFor(const mail::SessionFacts& facts, const mail::ForwardPath& path) {
        const auto triplet = Triplet::of(facts.client.ip, sender_, path);
        return parts_.store.ask(triplet, parts_.clock.now()).wait;
    }

    mail::Verdict judge(const mail::SessionFacts& facts, std::chrono::seconds wait) {
        if (wait.count() == 0 || isWelcome(facts.client.ip)) return mail::Proceed{};
        return tryAgain(wait, Triplet::networkOf(facts.client.ip));
    }

    bool isWelcome(const IpAddress& ip) {
        if (parts_.options.welcome.empty()) return false;
        if (!welcome_) {
            const auto deadline = Deadline::after(parts_.options.timeout);
            welcome_ = !parts_.welcome.look(ip, deadline).hits.empty();
        }
        return *welcome_;
    }

    Parts parts_;
    mail::ReversePath sender_;
    std::optional<bool> welcome_;  ///< once asked for
};

}  // namespace

GreylistHook::GreylistHook(GreylistOptions options, const plugin::Host& host)
    : options_(std::move(options)),
      clock_(host.clock),
      store_(host.dataDir / "greylist.db", options_.rules),
      welcome_(options_.welcome, remembered, host) {}

plugin::Admission GreylistHook::onConnect(const mail::SessionFacts& /*facts*/) {
    return {mail::Proceed{},
            std::make_unique<GreylistSession>(Parts{options_, clock_, store_, welcome_})};
}

std::unique_ptr<plugin::Hook> GreylistFactory::create(const plugin::Settings& settings,
                                                      const plugin::Host& host) const {
    constexpr std::uint64_t mostPasses = 1000;
    constexpr std::uint64_t leastRows = 1000;
    constexpr std::uint64_t mostRows = 100'000'000;
    GreylistOptions options;
    GreylistRules& rules = options.rules;
    rules.delay = settings.duration("delay", rules.delay);
    rules.window = settings.duration("window", rules.window);
    rules.keep = settings.duration("keep", rules.keep);
    rules.passes = static_cast<std::int64_t>(
        settings.number("passes", static_cast<std::uint64_t>(rules.passes), 1, mostPasses));
    rules.maxRows = static_cast<std::int64_t>(settings.number(
        "max_entries", static_cast<std::uint64_t>(rules.maxRows), leastRows, mostRows));
    if (rules.window <= rules.delay) {
        throw settings.error("window", "must be longer than the delay");
    }
    options.welcome = listsOf(settings, "dnswl");
    options.timeout = settings.duration("timeout", options.timeout);
    return std::make_unique<GreylistHook>(std::move(options), host);
}

}  // namespace postrider::hooks
