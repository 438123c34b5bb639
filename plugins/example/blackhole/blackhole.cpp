// A whole courier: everything it is given disappears, and the log tells so.
#include <common/plugin/api.h>
#include <common/plugin/outcomes.h>

namespace {

using namespace postrider::plugin;  // NOLINT(google-build-using-namespace): this file is the plugin

class Blackhole final : public Courier {
public:
    Blackhole(std::string farewell, const Host& host)
        : farewell_(std::move(farewell)), host_(host) {}

    /// One outcome per recipient, in their order; called by many threads at once.
    std::vector<DeliveryOutcome> deliver(const DeliveryRequest& request) override {
        host_.log.info("swallowed", {{"id", request.id.toString()}, {"says", farewell_}});
        return {request.recipients.size(), delivered("swallowed")};
    }

private:
    const std::string farewell_;
    const Host host_;
};

class BlackholeFactory final : public CourierFactory {
public:
    /// Reads every option; one that nobody reads keeps the server from starting.
    [[nodiscard]] std::unique_ptr<Courier> create(const Settings& settings,
                                                  const Host& host) const override {
        return std::make_unique<Blackhole>(settings.text("farewell", "goodbye"), host);
    }
};

const BlackholeFactory factory;
const std::array couriers{courier("blackhole", factory)};

}  // namespace

POSTRIDER_PLUGIN("blackhole", "1.0", couriers, none)
