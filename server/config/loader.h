#pragma once

#include "server/config/instance_config.h"
#include "server/config/load.h"
#include "server/config/properties.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::config {

/// Makes one Config of all properties: apply() each, then finish() for what they must be together.
/// What is wrong is added to the reading's problems, and what nobody can know then to its doubts:
/// nothing is complained about that only follows from another mistake. One thread.
class Loader {
public:
    explicit Loader(Reading& reading) : reading_(reading), config_(reading.config) {}

    void apply(const Property& property);
    void finish();

private:
    using Instances = std::map<std::string, InstanceConfig>;
    /// `courier.NAME.option` or `hook.NAME.option`.
    struct InstanceKey {
        std::string kind;
        std::string name;
        std::string option;
    };

    static std::optional<InstanceKey> instanceKey(std::string_view key);
    static std::vector<std::string> candidates(std::string_view key);
    void problem(const std::string& origin, const std::string& key, const std::string& reason);
    void badValue(const Property& property, const std::string& reason);
    [[nodiscard]] bool isDoubtful(const std::string& key) const;
    [[nodiscard]] bool isAnyDoubtful(const std::string& prefix) const;
    void applyToInstance(const InstanceKey& key, const Property& property);
    bool complete(InstanceConfig& instance, const std::string& kind);
    void requireCourier(const std::string& key, const std::string& name);
    void finishCouriers();
    void finishHooks();
    void requireHook(const std::string& name);
    void requireKey(const std::string& key, const std::string& because);
    void finishDovecot();
    void finishSql();

    Reading& reading_;
    Config& config_;
    Instances couriers_;
    Instances hooks_;
};

}  // namespace postrider::config
