#pragma once

#include "common/base/result.h"
#include "common/mail/domain.h"
#include "common/net/tls_server.h"
#include "server/config/problems.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace postrider::config {

/// Which addresses authenticated users of a domain may write as.
enum class Restriction { None, Own, Domain };

/// One folder <config-dir>/domains/<domain>/. Any of the files may be missing.
struct DomainConfig {
    mail::Domain name;
    std::filesystem::path folder;
    std::filesystem::path usersFile;              ///< folder/users
    std::filesystem::path aliasesFile;            ///< folder/aliases
    std::optional<std::string> suffixSeparators;  ///< domain.properties: suffix.separators
    std::optional<std::string> suffixDrop;        ///< domain.properties: suffix.drop
    std::string postmaster;  ///< domain.properties: postmaster, a mailbox or a name; empty: none
    Restriction senderRestrict = Restriction::None;  ///< domain.properties: sender.restrict
    Restriction fromRestrict = Restriction::None;    ///< domain.properties: from.restrict
};

/// How messages name a file of the configuration: its path below the configuration folder.
[[nodiscard]] std::string displayName(const std::filesystem::path& file,
                                      const std::filesystem::path& configDir);

/// The domains as far as they could be understood.
struct DomainsReading {
    std::vector<DomainConfig> domains;  ///< with defaults in the place of what is not good
    std::vector<std::string> problems;
};

/// Reads every domain folder (name by IDNA, domain.properties with the same strictness as the main
/// file), sorted by name. Plain files in domains/ and names that begin with a dot are passed over;
/// no domains/ at all means no domain.
[[nodiscard]] DomainsReading readDomains(const std::filesystem::path& configDir);

/// The same for who has no use for some of the domains.
Result<std::vector<DomainConfig>, ConfigProblems> loadDomains(
    const std::filesystem::path& configDir);

/// Certificates, and the folders that hold none.
struct CertificatesFound {
    std::vector<net::CertificateFiles> files;
    std::vector<std::string> problems;
};

/// The certificate folders <config-dir>/certs/<name>/ that hold both files; a folder with one of
/// them missing or empty is a problem. Sorted by name; the folder named as `hostname` first.
/// certbot's own README there is passed over.
[[nodiscard]] CertificatesFound findCertificates(const std::filesystem::path& configDir,
                                                 const std::string& hostname);

}  // namespace postrider::config
