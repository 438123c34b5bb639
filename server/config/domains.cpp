#include "server/config/domains.h"

#include "common/base/text.h"
#include "common/base/text_file.h"
#include "common/mail/localpart.h"
#include "common/mail/mailbox.h"
#include "server/config/folders.h"
#include "server/config/keys.h"
#include "server/config/properties.h"
#include "server/config/values.h"

#include <algorithm>
#include <map>
#include <system_error>
#include <utility>

namespace postrider::config {

namespace {

const std::vector<std::string>& domainKeys() {
    static const std::vector<std::string> keys{"postmaster", "suffix.separators", "suffix.drop",
                                               "sender.restrict", "from.restrict"};
    return keys;
}

std::optional<std::string> setRestriction(Restriction& restriction, std::string_view value) {
    const auto word = parseWord(value, {"none", "own", "domain"});
    if (!word) return word.error();
    if (*word == "own") restriction = Restriction::Own;
    if (*word == "domain") restriction = Restriction::Domain;
    return std::nullopt;
}

/// The reason when the property is not good.
std::optional<std::string> apply(DomainConfig& domain, const Property& property) {
    if (property.key == "postmaster") {
        if (property.value.empty()) return std::nullopt;
        const bool good =
            mail::canonicalUsername(property.value).has_value() &&
            (mail::Localpart::parse(property.value) || mail::Mailbox::parse(property.value));
        if (!good) return "expected a mailbox, or the name of a user or alias";
        domain.postmaster = property.value;
        return std::nullopt;
    }
    if (property.key == "sender.restrict") {
        return setRestriction(domain.senderRestrict, property.value);
    }
    if (property.key == "from.restrict") {
        return setRestriction(domain.fromRestrict, property.value);
    }
    auto characters = parseCharacters(property.value);
    if (!characters) return characters.error();
    (property.key == "suffix.drop" ? domain.suffixDrop : domain.suffixSeparators) =
        std::move(*characters);
    return std::nullopt;
}

void applyProperties(DomainConfig& domain, const std::string& name,
                     std::vector<std::string>& problems) {
    const auto file = domain.folder / "domain.properties";
    if (isAbsent(file)) return;
    const auto content = readTextFile(file);
    if (!content) {
        problems.push_back(name + ": " + content.error());
        return;
    }
    const auto reading = readProperties(*content, name);
    auto found = reading.problems;
    for (const auto& property : reading.properties) {
        const std::string front = property.origin + ": " + property.key + ": ";
        const auto& known = domainKeys();
        if (std::find(known.begin(), known.end(), property.key) == known.end()) {
            found.push_back(front + "unknown key" + suggestion(property.key, known));
        } else if (const auto reason = apply(domain, property)) {
            found.push_back(front + "'" + text::printable(property.value, 100) + "': " + *reason);
        }
    }
    sortByLine(found, name);
    problems.insert(problems.end(), found.begin(), found.end());
}

}  // namespace

std::string displayName(const std::filesystem::path& file, const std::filesystem::path& configDir) {
    return file.lexically_relative(configDir).string();
}

DomainsReading readDomains(const std::filesystem::path& configDir) {
    DomainsReading reading;
    const auto folders = subfolders(configDir / "domains");
    if (!folders) {
        reading.problems.push_back("domains: " + folders.error());
        return reading;
    }
    std::map<mail::Domain, std::string> seen;
    for (const auto& folder : *folders) {
        const std::string shown = displayName(folder, configDir);
        const auto name = mail::Domain::parse(folder.filename().string());
        if (!name) {
            reading.problems.push_back(shown + ": is no domain name (" +
                                       std::string{describe(name.error())} + ")");
            continue;
        }
        const auto [other, isNew] = seen.emplace(*name, shown);
        if (!isNew) {
            reading.problems.push_back(shown + ": is the same domain as " + other->second);
            continue;
        }
        std::error_code lost;
        if (!std::filesystem::is_directory(folder, lost)) {
            reading.problems.push_back(shown + ": " + lost.message());
            continue;
        }
        DomainConfig domain{*name, folder, folder / "users", folder / "aliases", {}, {}, {}};
        applyProperties(domain, shown + "/domain.properties", reading.problems);
        reading.domains.push_back(std::move(domain));
    }
    std::sort(reading.domains.begin(), reading.domains.end(),
              [](const DomainConfig& a, const DomainConfig& b) { return a.name < b.name; });
    return reading;
}

Result<std::vector<DomainConfig>, ConfigProblems> loadDomains(
    const std::filesystem::path& configDir) {
    auto reading = readDomains(configDir);
    if (!reading.problems.empty()) return Unexpected{ConfigProblems{std::move(reading.problems)}};
    return std::move(reading.domains);
}

}  // namespace postrider::config
