#include "server/config/loader.h"

#include "common/base/text.h"
#include "server/config/keys.h"
#include "server/config/values.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace postrider::config {

namespace {

constexpr std::size_t shownLimit = 100;

/// Couriers that exist without being configured; the plugin has the same name.
bool isBuiltIn(std::string_view courier) {
    return courier == "maildir" || courier == "smtp" || courier == "pipe";
}

std::vector<std::string> namesOf(const std::map<std::string, InstanceConfig>& instances) {
    std::vector<std::string> names;
    names.reserve(instances.size());
    for (const auto& [name, instance] : instances)
        names.push_back(name);
    return names;
}

}  // namespace

std::optional<Loader::InstanceKey> Loader::instanceKey(std::string_view key) {
    const auto first = key.find('.');
    if (first == std::string_view::npos) return std::nullopt;
    const auto second = key.find('.', first + 1);
    if (second == std::string_view::npos || second + 1 == key.size()) return std::nullopt;
    const auto kind = key.substr(0, first);
    const auto name = key.substr(first + 1, second - first - 1);
    if ((kind != "courier" && kind != "hook") || !parseName(name)) return std::nullopt;
    return InstanceKey{std::string{kind}, std::string{name}, std::string{key.substr(second + 1)}};
}

/// What an unknown key may have been meant for.
std::vector<std::string> Loader::candidates(std::string_view key) {
    std::vector<std::string> words;
    for (const auto& known : knownKeys())
        words.emplace_back(known.name);
    const auto dot = key.find('.');
    const std::string rest{key.substr(dot == std::string_view::npos ? key.size() : dot)};
    for (const auto* kind : {"courier", "hook"}) {
        if (instanceKey(kind + rest)) words.push_back(kind + rest);
    }
    return words;
}

void Loader::problem(const std::string& origin, const std::string& key, const std::string& reason) {
    reading_.problems.push_back((origin.empty() ? "" : origin + ": ") + key + ": " + reason);
}

void Loader::badValue(const Property& property, const std::string& reason) {
    problem(property.origin, property.key,
            "'" + text::printable(property.value, shownLimit) + "': " + reason);
    reading_.doubtful.insert(property.key);
}

/// Whether a key that begins so is in doubt: "sql.".
bool Loader::isAnyDoubtful(const std::string& prefix) const {
    const auto next = reading_.doubtful.lower_bound(prefix);
    return next != reading_.doubtful.end() && next->starts_with(prefix);
}

bool Loader::isDoubtful(const std::string& key) const {
    return reading_.doubtful.contains(key);
}

void Loader::apply(const Property& property) {
    if (const Key* key = findKey(property.key)) {
        config_.origins[property.key] = property.origin;
        if (const auto reason = key->apply(config_, property.value)) {
            badValue(property, *reason);
        }
    } else if (const auto instance = instanceKey(property.key)) {
        applyToInstance(*instance, property);
    } else {
        problem(property.origin, property.key,
                "unknown key" + suggestion(property.key, candidates(property.key)));
    }
}

void Loader::finish() {
    finishCouriers();
    finishHooks();
    finishDovecot();
    finishSql();
}

void Loader::applyToInstance(const InstanceKey& key, const Property& property) {
    InstanceConfig& instance = (key.kind == "courier" ? couriers_ : hooks_)[key.name];
    instance.name = key.name;
    if (key.option != "plugin") {
        instance.options[key.option] = {property.value, property.origin};
        return;
    }
    // the path of a library outside plugin.dir, or a name in it
    const bool isPath = property.value.starts_with('/');
    if (!isPath && !parseName(property.value)) {
        badValue(property, "expected a plugin's name, or the absolute path of its library");
    }
    instance.plugin = property.value;
    instance.origin = property.origin;
}

/// True when its plugin is known, by configuration or by its name.
bool Loader::complete(InstanceConfig& instance, const std::string& kind) {
    const std::string prefix = kind + "." + instance.name;
    if (isDoubtful("plugin.dir") || isAnyDoubtful(prefix + ".")) return false;
    if (!instance.plugin.empty()) return true;
    if (kind == "courier" && isBuiltIn(instance.name)) {
        instance.plugin = instance.name;
        instance.origin = instance.options.empty() ? std::string{"postrider.properties"}
                                                   : instance.options.begin()->second.origin;
        return true;
    }
    const auto& [option, value] = *instance.options.begin();
    problem(value.origin, prefix + "." + option, prefix + ".plugin is missing");
    return false;
}

void Loader::requireCourier(const std::string& key, const std::string& name) {
    if (couriers_.contains(name) || isAnyDoubtful("courier." + name + ".")) return;
    if (isBuiltIn(name)) {
        couriers_[name].name = name;
        return;
    }
    std::vector<std::string> known{"maildir", "smtp", "pipe"};
    for (auto& courier : namesOf(couriers_))
        known.push_back(std::move(courier));
    problem(config_.origins[key], key,
            "there is no courier '" + name + "': courier." + name + ".plugin is missing" +
                suggestion(name, known));
}

void Loader::finishCouriers() {
    requireCourier("courier.local", config_.localCourier);
    requireCourier("courier.remote", config_.remoteCourier);
    // aliases may ask for pipe at any time, and what is queued for the others before a change
    for (const auto* builtIn : {"maildir", "smtp", "pipe"})
        requireCourier("", builtIn);
    for (auto& [name, instance] : couriers_) {
        if (!complete(instance, "courier")) continue;
        if (instance.plugin == "maildir" && !instance.options.contains("path")) {
            const auto path = config_.dataDir / "mail/%d/%u";
            instance.options["path"] = {path.string(), instance.origin};
        }
        config_.couriers.push_back(std::move(instance));
    }
}

void Loader::requireHook(const std::string& name) {
    if (hooks_.contains(name) || isAnyDoubtful("hook." + name + ".")) return;
    problem(config_.origins["hooks"], "hooks",
            "there is no hook '" + name + "': hook." + name + ".plugin is missing" +
                suggestion(name, namesOf(hooks_)));
}

void Loader::finishHooks() {
    std::map<std::string, InstanceConfig> usable;
    for (const auto& [name, configured] : hooks_) {
        auto instance = configured;
        if (complete(instance, "hook")) usable.emplace(name, std::move(instance));
    }
    const auto listed = std::exchange(config_.hooks, {});
    for (const auto& hook : listed) {
        requireHook(hook.name);
        const auto found = usable.find(hook.name);
        if (found != usable.end()) config_.hooks.push_back(found->second);
    }
}

void Loader::requireKey(const std::string& key, const std::string& because) {
    if (isDoubtful(key)) return;
    problem(config_.origins[because], because, key + " is missing");
    reading_.doubtful.insert(because);
}

void Loader::finishDovecot() {
    const auto& [client, userdb] = config_.dovecot;
    if (client.empty() && !userdb.empty()) {
        requireKey("dovecot.client_socket", "dovecot.userdb_socket");
    }
    if (userdb.empty() && !client.empty()) {
        requireKey("dovecot.userdb_socket", "dovecot.client_socket");
    }
    if (isAnyDoubtful("dovecot.")) config_.dovecot = {};
}

void Loader::finishSql() {
    const auto& sql = config_.sql;
    const auto checkWithout = [&] {
        if (!sql.connection.empty()) requireKey("sql.connector", "sql.connection");
        if (!sql.connectionFile.empty()) requireKey("sql.connector", "sql.connection_file");
        if (!sql.userQuery.empty()) requireKey("sql.connector", "sql.user_query");
        if (!sql.aliasQuery.empty()) requireKey("sql.connector", "sql.alias_query");
    };
    const auto checkWith = [&] {
        if (sql.userQuery.empty() && sql.aliasQuery.empty()) {
            requireKey("sql.user_query or sql.alias_query", "sql.connector");
        }
        if (sql.connection.empty() && sql.connectionFile.empty() && !isDoubtful("sql.connection") &&
            !isDoubtful("sql.connection_file")) {
            requireKey("sql.connection or sql.connection_file", "sql.connector");
        }
        if (!sql.connection.empty() && !sql.connectionFile.empty()) {
            problem(config_.origins["sql.connection"], "sql.connection",
                    "sql.connection_file says it already");
            reading_.doubtful.insert("sql.connection");
        }
    };
    sql.connector.empty() ? checkWithout() : checkWith();
    if (isAnyDoubtful("sql.")) config_.sql = {};
}

}  // namespace postrider::config
