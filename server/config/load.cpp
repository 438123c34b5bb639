#include "server/config/load.h"

#include "common/base/text.h"
#include "common/base/text_file.h"
#include "common/mail/domain.h"
#include "server/config/keys.h"
#include "server/config/loader.h"
#include "server/config/properties.h"
#include "server/config/values.h"

#include <array>
#include <optional>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace postrider::config {

namespace {

constexpr std::string_view fileName = "postrider.properties";
constexpr std::string_view overrideOrigin = "--set";

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

/// A host that is not named has its own name.
void setHostnameOfHost(Reading& reading) {
    if (!reading.config.hostname.empty()) return;
    const auto name = hostName();
    if (name) reading.config.hostname = *name;
    if (name || reading.doubtful.contains("hostname")) return;
    reading.problems.emplace_back(
        "hostname: is not set, and this host's own name is no domain name; set hostname = "
        "mail.example.org, the name that DNS has for this host");
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
    return (origin == config.origins.end() ? "" : origin->second + ": ") + key + ": " + reason;
}

std::filesystem::path propertiesFile(const std::filesystem::path& configDir) {
    return configDir / fileName;
}

Reading read(const std::filesystem::path& configDir, const Overrides& overrides) {
    const auto file = propertiesFile(configDir);
    // before reading: what changes meanwhile is noticed the next time
    Reading reading{defaults(configDir), {}, {}, FileStamp::of(file)};
    const auto content = readTextFile(file);
    if (!content) {
        reading.problems.push_back(cannotRead(configDir, content.error()));
        for (const auto& key : knownKeys())
            reading.doubtful.emplace(key.name);
        setHostnameOfHost(reading);
        return reading;
    }
    auto properties = readProperties(*content, fileName);
    reading.problems = std::move(properties.problems);
    reading.doubtful = std::move(properties.doubtful);
    Loader loader{reading};
    for (const auto& property : merge(std::move(properties.properties), overrides))
        loader.apply(property);
    loader.finish();
    setHostnameOfHost(reading);
    sortByLine(reading.problems, fileName);
    return reading;
}

Result<Config, ConfigProblems> load(const std::filesystem::path& configDir,
                                    const Overrides& overrides) {
    auto reading = read(configDir, overrides);
    if (!reading.problems.empty()) return Unexpected{ConfigProblems{std::move(reading.problems)}};
    return std::move(reading.config);
}

}  // namespace postrider::config
