#include "common/mail/domain.h"
#include "server/config/domains.h"
#include "server/config/folders.h"

#include <algorithm>
#include <system_error>
#include <utility>

namespace postrider::config {

namespace {

/// Why a file of a certificate folder is not usable; nothing when it is.
std::optional<std::string> lack(const std::filesystem::path& file) {
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    if (error) return error.message();
    if (size == 0) return "is empty";
    return std::nullopt;
}

}  // namespace

CertificatesFound findCertificates(const std::filesystem::path& configDir,
                                   const std::string& hostname) {
    auto folders = subfolders(configDir / "certs");
    if (!folders) return {{}, {"certs: " + folders.error()}};
    const auto isOurs = [&hostname](const std::filesystem::path& folder) {
        const auto name = mail::Domain::parse(folder.filename().string());
        return name && name->ascii() == hostname;
    };
    std::stable_partition(folders->begin(), folders->end(), isOurs);

    CertificatesFound found;
    for (const auto& folder : *folders) {
        const net::CertificateFiles files{folder / "fullchain.pem", folder / "privkey.pem"};
        bool complete = true;
        for (const auto& file : {files.chain, files.key}) {
            const auto reason = lack(file);
            if (!reason) continue;
            found.problems.push_back(displayName(file, configDir) + ": " + *reason);
            complete = false;
        }
        if (complete) found.files.push_back(files);
    }
    return found;
}

}  // namespace postrider::config
