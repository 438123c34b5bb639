#pragma once

#include "common/base/current.h"
#include "common/base/log.h"
#include "common/base/text_file.h"
#include "common/net/tls_server.h"
#include "server/config/problems.h"

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace postrider::app {

/// The certificates as the files have them now. A change that cannot be used keeps the last good
/// ones, says so in the log once, and is tried again. Sessions keep what they began with. Locks
/// inside; current() never waits for the disk.
class LiveCertificates {
public:
    /// Reads <configDir>/certs.
    static Result<std::unique_ptr<LiveCertificates>, config::ConfigProblems> open(
        std::filesystem::path configDir, std::string hostname, Log& log);

    [[nodiscard]] std::shared_ptr<net::TlsServer> current() const { return current_->get(); }

    /// Called every few seconds by one thread.
    void refreshIfChanged();
    /// A new server side of TLS, and the files as they were when it was made.
    struct Reading {
        std::vector<FileStamp> stamps;
        std::shared_ptr<net::TlsServer> server;
    };
    /// From the files as they are, not in force yet.
    [[nodiscard]] Result<Reading, config::ConfigProblems> read() const;
    /// Puts what read() gave into force.
    void use(Reading reading);
    /// What keeps the newest files from being used; empty when nothing does.
    [[nodiscard]] std::string problem() const;

private:
    LiveCertificates(std::filesystem::path configDir, std::string hostname, Log& log)
        : configDir_(std::move(configDir)), hostname_(std::move(hostname)), log_(log) {}
    [[nodiscard]] std::vector<FileStamp> stamps() const;
    void tell(const std::string& problem);

    const std::filesystem::path configDir_;
    const std::string hostname_;
    Log& log_;
    std::unique_ptr<Current<net::TlsServer>> current_;
    std::vector<FileStamp> stamps_;  ///< of what was read last; the refreshing thread's
    mutable std::mutex mutex_;
    std::string problem_;  ///< guarded by mutex_
};

}  // namespace postrider::app
