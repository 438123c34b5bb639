#pragma once

#include "common/base/clock.h"
#include "common/base/current.h"
#include "common/base/file_watch.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/base/poco_log.h"
#include "common/base/random.h"
#include "common/dns/resolver.h"
#include "common/net/tls_client.h"
#include "common/plugin/host.h"
#include "server/app/command_line.h"
#include "server/app/live_certificates.h"
#include "server/app/notice_relay.h"
#include "server/config/config.h"
#include "server/config/load.h"
#include "server/directory/external_accounts.h"
#include "server/pluginhost/courier_registry.h"
#include "server/pluginhost/hook_chain.h"
#include "server/pluginhost/plugin_catalog.h"
#include "server/routing/alias_resolver.h"
#include "server/routing/live_address_book.h"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace postrider::app {

/// Everything that a configuration stands for, validated: the services that all parts share, and
/// the parts that a reload replaces. Binds no port, writes no file: `--check` makes one, and the
/// server stands on one. One thread makes and reloads it; what it lends is thread-safe.
class Foundation {
public:
    /// Throws ConfigurationRefused with everything that is wrong: with what was found before, which
    /// stands in `reading`, and with all that can be found in spite of it.
    Foundation(config::Reading reading, const CommandLine& commandLine);
    Foundation(const Foundation&) = delete;
    Foundation& operator=(const Foundation&) = delete;
    ~Foundation();

    /// What the server goes by now: after a reload without the keys that need a restart.
    [[nodiscard]] std::shared_ptr<const config::Config> config() const { return config_.get(); }
    [[nodiscard]] const SystemClock& clock() const noexcept { return clock_; }
    [[nodiscard]] Random& random() noexcept { return random_; }
    [[nodiscard]] Log& log() noexcept { return *log_; }
    [[nodiscard]] Metrics& metrics() noexcept { return metrics_; }

    /// What plugins tell goes there from now on.
    void connect(plugin::Notices& notices) noexcept { notices_.connect(notices); }

    [[nodiscard]] routing::LiveAddressBook& addressBook() noexcept { return *addressBook_; }
    /// Null when all accounts are in users files. A change of their keys counts after a restart.
    [[nodiscard]] users::AccountSource* accountsElsewhere() noexcept {
        return accountsElsewhere_->source();
    }
    /// Those accounts, and aliases that are in no file.
    [[nodiscard]] routing::Elsewhere elsewhere() noexcept {
        return {accountsElsewhere_->source(), accountsElsewhere_->aliases()};
    }
    [[nodiscard]] const LiveCertificates& certificates() const noexcept { return *certificates_; }
    [[nodiscard]] std::shared_ptr<const pluginhost::CourierRegistry> couriers() const {
        return couriers_->get();
    }
    /// Which of them carry what is routed.
    [[nodiscard]] routing::RoutingCouriers routingCouriers() const;
    [[nodiscard]] std::shared_ptr<const pluginhost::HookChain> hooks() const {
        return hooks_->get();
    }

    /// What is allowed but probably not meant: a certificate that has expired, an alias that
    /// reaches nobody, a database that does not answer. Asks Dovecot and database.
    [[nodiscard]] std::vector<std::string> warnings() const;

    /// Reads the configuration, domains, users, aliases and certificates anew and makes new
    /// couriers and hooks; all or nothing. Returns what is wrong: then everything stays as it was,
    /// and problems() names it. Nothing at all when a file was written to meanwhile: then it is to
    /// be called again.
    std::optional<std::vector<std::string>> reload();
    /// Whether it is time for reload(): postrider.properties was changed and left alone, or the
    /// last reload was refused, and what it met may be mended. Asked every few seconds.
    [[nodiscard]] bool isReloadDue();
    /// Looks whether a file was changed and is perhaps still being written, so that reload() has to
    /// wait.
    [[nodiscard]] bool isRestless();
    /// Whether that was so when the files were looked at last.
    [[nodiscard]] bool wasRestless() const noexcept;
    /// The keys that the last reload found changed, but cannot change in a running server.
    [[nodiscard]] const std::vector<std::string>& restartNeeded() const noexcept {
        return restartNeeded_;
    }
    /// Reads changed files only: address book and certificates. Cheap when nothing changed.
    void refreshIfChanged();
    /// What keeps the files as they are now from being used; empty when nothing does. Any thread.
    [[nodiscard]] std::vector<std::string> problems() const;

private:
    std::optional<std::vector<std::string>> tryReload();
    void makeServices(std::vector<std::string>& problems);
    void makeParts(std::vector<std::string>& problems);
    std::shared_ptr<const pluginhost::CourierRegistry> makeCouriers(
        const config::Config& config, std::vector<std::string>& problems);
    std::shared_ptr<const pluginhost::HookChain> makeHooks(const config::Config& config,
                                                           std::vector<std::string>& problems);
    [[nodiscard]] config::Reading readAnew(std::vector<std::string>& keptUntilRestart) const;
    FileWatch::State lookAtProperties();
    [[nodiscard]] std::vector<std::string> refused() const;

    const CommandLine commandLine_;
    Current<const config::Config> config_;
    std::vector<std::string> restartNeeded_;
    FileWatch properties_;  ///< postrider.properties
    mutable std::mutex mutex_;
    std::vector<std::string> refused_;  ///< guarded by mutex_: monitoring asks for it
    SystemClock clock_;
    SystemRandom random_;
    Metrics metrics_;
    std::unique_ptr<PocoLog> log_;
    std::unique_ptr<dns::Resolver> resolver_;
    std::unique_ptr<net::TlsClient> tlsClient_;
    NoticeRelay notices_;
    std::unique_ptr<plugin::Host> host_;
    std::unique_ptr<pluginhost::PluginCatalog> catalog_;

    std::unique_ptr<routing::LiveAddressBook> addressBook_;
    std::unique_ptr<directory::ExternalAccounts> accountsElsewhere_;
    std::unique_ptr<LiveCertificates> certificates_;
    std::unique_ptr<Current<const pluginhost::CourierRegistry>> couriers_;
    std::unique_ptr<Current<const pluginhost::HookChain>> hooks_;
};

}  // namespace postrider::app
