#pragma once

#include "common/base/subprocess.h"
#include "common/net/tls_server.h"

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace postrider::test {

enum class KeyType { Ecdsa, Rsa };

/// Runs openssl(1); throws when it fails.
inline void runOpenssl(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "openssl");
    const SubprocessSpec spec{std::move(arguments), {"PATH=/usr/bin:/bin"}, {}};
    const auto result = runSubprocess(
        spec, [](std::span<char>) { return std::size_t{0}; },
        Deadline::after(std::chrono::seconds{60}));
    if (!result || result->exitCode != 0) {
        throw std::runtime_error("openssl: " + (result ? result->errorOutput : result.error()));
    }
}

/// A self-signed certificate for the dNSNames (the first is the common name too), made in `folder`
/// as `<label>.pem` and
/// `<label>.key`. It can stand as its own CA.
inline net::CertificateFiles makeCertificate(const std::filesystem::path& folder,
                                             const std::string& label,
                                             const std::vector<std::string>& names,
                                             KeyType type = KeyType::Ecdsa) {
    net::CertificateFiles files{folder / (label + ".pem"), folder / (label + ".key")};
    std::string alternatives = "subjectAltName=";
    for (const auto& name : names) {
        if (name != names.front()) alternatives += ',';
        alternatives += "DNS:" + name;
    }
    std::vector<std::string> arguments{"req", "-x509", "-newkey"};
    if (type == KeyType::Rsa) {
        arguments.insert(arguments.end(), {"rsa:2048"});
    } else {
        arguments.insert(arguments.end(), {"ec", "-pkeyopt", "ec_paramgen_curve:P-256"});
    }
    arguments.insert(arguments.end(),
                     {"-nodes", "-days", "30", "-subj", "/CN=" + names.front(), "-addext",
                      alternatives, "-keyout", files.key, "-out", files.chain});
    runOpenssl(std::move(arguments));
    return files;
}

/// A certificate without subjectAltName that ran out yesterday.
inline net::CertificateFiles makeExpiredCertificate(const std::filesystem::path& folder,
                                                    const std::string& commonName) {
    net::CertificateFiles files{folder / "expired.pem", folder / "expired.key"};
    const auto request = folder / "expired.csr";
    runOpenssl({"req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-subj", "/CN=" + commonName, "-keyout", files.key, "-out", request});
    runOpenssl({"x509", "-req", "-in", request, "-signkey", files.key, "-days", "-1", "-out",
                files.chain});
    return files;
}

}  // namespace postrider::test
