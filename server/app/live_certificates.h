#pragma once

#include "common/base/clock.h"
#include "common/base/current.h"
#include "common/base/file_watch.h"
#include "common/base/log.h"
#include "common/net/tls_server.h"
#include "server/config/problems.h"
#include "server/config/standing_problems.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace postrider::app {

/// The certificates as the files have them now. A changed file counts when it has kept still for a
/// moment (common/base/file_watch.h). A change that cannot be used keeps the last good ones, says
/// so in the log once, and is tried again. Sessions keep what they began with. current() and
/// problems() are for any thread and never wait for the disk; the others are for one thread.
class LiveCertificates {
public:
    /// Reads <configDir>/certs.
    static Result<std::unique_ptr<LiveCertificates>, config::ConfigProblems> open(
        std::filesystem::path configDir, std::string hostname, Log& log, const Clock& clock);

    [[nodiscard]] std::shared_ptr<net::TlsServer> current() const { return current_->get(); }

    /// Called every few seconds.
    void refreshIfChanged();
    /// A new server side of TLS, and the files as they were when it was made.
    struct Reading {
        FileStamps stamps;
        std::shared_ptr<net::TlsServer> server;
    };
    /// From the files as they are, not in force yet. Error: every one that is not good.
    [[nodiscard]] Result<Reading, config::ConfigProblems> read() const;
    /// Puts what read() gave into force.
    void use(Reading reading);
    /// Somebody else tells the log that the files cannot be used.
    void note(const config::ConfigProblems& problems) { problems_.note(problems.sentences); }

    /// Compares the files with those in force.
    FileWatch::State look() { return watch_.look(stamps(), clock_.steady()); }
    /// What the last look found, by whomever.
    [[nodiscard]] FileWatch::State lastLook() const noexcept { return watch_.state(); }
    /// What keeps the newest files from being used; empty when nothing does.
    [[nodiscard]] std::vector<std::string> problems() const { return problems_.get(); }

private:
    LiveCertificates(std::filesystem::path configDir, std::string hostname, Log& log,
                     const Clock& clock);
    [[nodiscard]] FileStamps stamps() const;
    [[nodiscard]] std::vector<std::string> faultsOf(
        const std::vector<net::CertificateFiles>& certificates) const;

    const std::filesystem::path configDir_;
    const std::string hostname_;
    Log& log_;
    const Clock& clock_;
    std::unique_ptr<Current<net::TlsServer>> current_;
    FileWatch watch_;
    config::StandingProblems problems_;
};

}  // namespace postrider::app
