#pragma once

#include "server/app/command_line.h"
#include "server/app/pid_file.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace postrider::app {

/// The running server: every part, made in order and introduced to each other; taken down in
/// reverse. One thread makes, ticks, reloads and stops it.
class Server {
public:
    /// Loads and validates the configuration, binds the ports, gives up root rights, opens queue
    /// and journal. Throws ConfigurationRefused for what the operator can mend, and other
    /// exceptions when the system fails.
    explicit Server(const CommandLine& commandLine);
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server();

    /// Accepts connections from here on.
    void start();
    /// SIGHUP. Done at once, or by a later tick() while a file is perhaps being written.
    void reload();
    /// Every few seconds: looks for changed files, and reloads when the configuration is one.
    void tick();
    /// Whether tick() is to be called again soon: files were seen to change, and count when they
    /// keep still.
    [[nodiscard]] bool isWaiting() const;
    /// Whether what reload() asked for is still to be done.
    [[nodiscard]] bool isReloadPending() const noexcept { return reloadAsked_; }
    /// Closes the ports and lets sessions and deliveries end within the grace time. False when a
    /// delivery still runs: then the process ends without destroying this object; what is not
    /// settled is tried again after the next start.
    bool stop();
    /// For an end without destructors.
    void removePidFile() const noexcept { pidFile_->remove(); }

private:
    struct Parts;
    void lookAfterFiles();
    void tellReload(const std::vector<std::string>& problems,
                    const std::vector<std::string>& known);
    bool reloadAsked_ = false;
    std::vector<std::string> toldBefore_;  ///< what was wrong already when reload() was asked for
    std::optional<PidFile> pidFile_;
    std::unique_ptr<Parts> parts_;
};

}  // namespace postrider::app
