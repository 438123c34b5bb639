#include "server/config/load.h"

#include "common/base/text.h"
#include "common/base/text_file.h"
#include "common/mail/domain.h"
#include "server/config/keys.h"
#include "server/config/properties.h"
#include "server/config/values.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace postrider::config {

namespace {

constexpr std::string_view fileName = "postrider.properties";
constexpr std::string_view overrideOrigin = "--set";
constexpr std::size_t shownLimit = 100;

/// Couriers that exist without being configured; the plugin has the same name.
bool isBuiltIn(std::string_view courier) {
    return courier == "maildir" || courier == "smtp" || courier == "pipe";
}

/// `courier.NAME.option` or `hook.NAME.option`.
struct InstanceKey {
    std::string kind;
    std::string name;
    std::string option;
};

std::optional<InstanceKey> instanceKey(std::string_view key) {
    const auto first = key.find('.');
    if (first == std::string_view::npos) return std::nullopt;
    const auto second = key.find('.', first + 1);
    if (second == std::string_view::npos || second + 1 == key.size()) return std::nullopt;
    const auto kind = key.substr(0, first);
    const auto name = key.substr(first + 1, second - first - 1);
    if ((kind != "courier" && kind != "hook") || !parseName(name)) return std::nullopt;
    return InstanceKey{std::string{kind}, std::string{name}, std::string{key.substr(second + 1)}};
}

std::string sentence(const std::string& origin, const std::string& key, const std::string& reason) {
    return (origin.empty() ? "" : origin + ": ") + key + ": " + reason;
}

/// Makes one Config of all properties, collecting what is wrong.
class Loader {
public:
    explicit Loader(Config& config) : config_(config) {}

    void apply(const Property& property) {
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

    void finish() {
        finishCouriers();
        finishHooks();
        finishDovecot();
        finishSql();
    }

    [[nodiscard]] ConfigProblems& problems() { return problems_; }

private:
    using Instances = std::map<std::string, InstanceConfig>;

    void problem(const std::string& origin, const std::string& key, const std::string& reason) {
        problems_.sentences.push_back(sentence(origin, key, reason));
    }

    void badValue(const Property& property, const std::string& reason) {
        problem(property.origin, property.key,
                "'" + text::printable(property.value, shownLimit) + "': " + reason);
    }

    /// What an unknown key may have been meant for.
    static std::vector<std::string> candidates(std::string_view key) {
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

    void applyToInstance(const InstanceKey& key, const Property& property) {
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
    bool complete(InstanceConfig& instance, const std::string& kind) {
        if (!instance.plugin.empty()) return true;
        if (kind == "courier" && isBuiltIn(instance.name)) {
            instance.plugin = instance.name;
            instance.origin = instance.options.empty() ? std::string{fileName}
                                                       : instance.options.begin()->second.origin;
            return true;
        }
        const auto& [option, value] = *instance.options.begin();
        const std::string prefix = kind + "." + instance.name;
        problem(value.origin, prefix + "." + option, prefix + ".plugin is missing");
        return false;
    }

    void requireCourier(const std::string& key, const std::string& name) {
        if (couriers_.contains(name)) return;
        if (isBuiltIn(name)) {
            couriers_[name].name = name;
            return;
        }
        std::vector<std::string> known{"maildir", "smtp", "pipe"};
        for (const auto& [courier, instance] : couriers_)
            known.push_back(courier);
        problem(config_.origins[key], key,
                "there is no courier '" + name + "': courier." + name + ".plugin is missing" +
                    suggestion(name, known));
    }

    void finishCouriers() {
        requireCourier("courier.local", config_.localCourier);
        requireCourier("courier.remote", config_.remoteCourier);
        requireCourier("", "pipe");  // aliases may ask for it at any time
        for (auto& [name, instance] : couriers_) {
            if (!complete(instance, "courier")) continue;
            if (instance.plugin == "maildir" && !instance.options.contains("path")) {
                const auto path = config_.dataDir / "mail/%d/%u";
                instance.options["path"] = {path.string(), instance.origin};
            }
            config_.couriers.push_back(std::move(instance));
        }
    }

    void finishHooks() {
        for (auto& [name, instance] : hooks_) {
            if (!complete(instance, "hook")) instance.plugin = "?";
        }
        for (auto& listed : config_.hooks) {
            const auto found = hooks_.find(listed.name);
            if (found != hooks_.end()) {
                listed = found->second;
                continue;
            }
            std::vector<std::string> known;
            for (const auto& [name, instance] : hooks_)
                known.push_back(name);
            problem(config_.origins["hooks"], "hooks",
                    "there is no hook '" + listed.name + "': hook." + listed.name +
                        ".plugin is missing" + suggestion(listed.name, known));
        }
    }

    void requireKey(const std::string& key, const std::string& because) {
        problem(config_.origins[because], because, key + " is missing");
    }

    void finishDovecot() {
        const auto& [client, userdb] = config_.dovecot;
        if (client.empty() && !userdb.empty()) {
            requireKey("dovecot.client_socket", "dovecot.userdb_socket");
        }
        if (userdb.empty() && !client.empty()) {
            requireKey("dovecot.userdb_socket", "dovecot.client_socket");
        }
    }

    void finishSql() {
        const auto& sql = config_.sql;
        if (sql.connector.empty()) {
            if (!sql.connection.empty()) requireKey("sql.connector", "sql.connection");
            if (!sql.connectionFile.empty()) requireKey("sql.connector", "sql.connection_file");
            if (!sql.userQuery.empty()) requireKey("sql.connector", "sql.user_query");
            if (!sql.aliasQuery.empty()) requireKey("sql.connector", "sql.alias_query");
            return;
        }
        if (sql.userQuery.empty() && sql.aliasQuery.empty()) {
            requireKey("sql.user_query or sql.alias_query", "sql.connector");
        }
        if (sql.connection.empty() && sql.connectionFile.empty()) {
            requireKey("sql.connection or sql.connection_file", "sql.connector");
        }
        if (!sql.connection.empty() && !sql.connectionFile.empty()) {
            problem(config_.origins["sql.connection"], "sql.connection",
                    "sql.connection_file says it already");
        }
    }

    Config& config_;
    Instances couriers_;
    Instances hooks_;
    ConfigProblems problems_;
};

/// What the file says, with what the command line says in its place.
std::vector<Property> merge(std::vector<Property> properties, const Overrides& overrides) {
    for (const auto& [key, value] : overrides) {
        std::erase_if(properties, [&name = key](const Property& p) { return p.key == name; });
        properties.push_back({key, std::string{text::trim(value)}, std::string{overrideOrigin}});
    }
    return properties;
}

/// The host's name, or nothing when it is not one for SMTP.
std::optional<std::string> hostName() {
    std::array<char, 256> buffer{};
    if (::gethostname(buffer.data(), buffer.size() - 1) != 0) return std::nullopt;
    const auto domain = mail::Domain::parse(buffer.data());
    return domain ? std::optional{domain->ascii()} : std::nullopt;
}

Config defaults(const std::filesystem::path& configDir) {
    Config config;
    config.configDir = configDir;
    config.pluginDir = POSTRIDER_PLUGIN_DIR;
    config.smtp = {parseListenAddress(":25").value()};
    config.submission = {parseListenAddress(":587").value()};
    config.submissions = {parseListenAddress(":465").value()};
    config.monitoring = parseListenAddress("127.0.0.1:1099").value();
    return config;
}

/// Why there is nothing to read. A missing file is refused although everything has a default:
/// what is missing is more often the right --config-dir than the wish to say something.
std::string cannotRead(const std::filesystem::path& configDir, const std::string& reason) {
    std::error_code unknown;
    if (!std::filesystem::exists(configDir, unknown) && !unknown) {
        return configDir.string() + ": there is no such folder; --config-dir DIR names another";
    }
    const auto file = propertiesFile(configDir);
    const bool missing = !std::filesystem::exists(file, unknown) && !unknown;
    return file.string() + ": " + reason +
           (missing ? "; --config-dir DIR names another folder, an empty file means all defaults"
                    : "");
}

}  // namespace

std::string complaintAbout(const Config& config, const std::string& key,
                           const std::string& reason) {
    const auto origin = config.origins.find(key);
    return sentence(origin == config.origins.end() ? "" : origin->second, key, reason);
}

std::filesystem::path propertiesFile(const std::filesystem::path& configDir) {
    return configDir / fileName;
}

Result<Config, ConfigProblems> load(const std::filesystem::path& configDir,
                                    const Overrides& overrides) {
    const auto file = propertiesFile(configDir);
    const auto content = readTextFile(file);
    if (!content) {
        return Unexpected{ConfigProblems{{cannotRead(configDir, content.error())}}};
    }
    auto properties = parseProperties(*content, fileName);
    if (!properties) return Unexpected{properties.error()};

    Config config = defaults(configDir);
    Loader loader{config};
    for (const auto& property : merge(std::move(*properties), overrides))
        loader.apply(property);
    loader.finish();
    if (config.hostname.empty()) {
        const auto name = hostName();
        if (name) config.hostname = *name;
        if (!name) {
            loader.problems().sentences.emplace_back(
                "hostname: is not set, and this host's own name is no domain name; set hostname = "
                "mail.example.org, the name that DNS has for this host");
        }
    }
    if (!loader.problems().sentences.empty()) return Unexpected{std::move(loader.problems())};
    return config;
}

}  // namespace postrider::config
