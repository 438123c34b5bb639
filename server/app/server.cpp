#include "server/app/server.h"

#include "server/app/bound_ports.h"
#include "server/app/configuration_refused.h"
#include "server/app/foundation.h"
#include "server/app/live_couriers.h"
#include "server/app/part_options.h"
#include "server/app/privileges.h"
#include "server/app/watchtower.h"
#include "server/auth/password_authenticator.h"
#include "server/auth/server_secret.h"
#include "server/config/load.h"
#include "server/delivery/delivery.h"
#include "server/delivery/report_writer.h"
#include "server/directory/account_chain.h"
#include "server/journal/mail_log.h"
#include "server/journal/sqlite_journal.h"
#include "server/net/listeners.h"
#include "server/net/relay_trust.h"
#include "server/net/trust_watch.h"
#include "server/queue/queue_store.h"
#include "server/reception/address_directory.h"
#include "server/reception/postmaster_notices.h"
#include "server/reception/reception.h"
#include "server/routing/alias_router.h"
#include "server/routing/live_originator_policy.h"
#include "server/routing/users_file_source.h"

#include <algorithm>
#include <cerrno>
#include <exception>
#include <string>
#include <sys/resource.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace postrider::app {

namespace {

/// Sessions, deliveries, spool files and databases all need descriptors: take what the system
/// gives.
void raiseFileLimit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    constexpr rlim_t plenty = 65536;
    limit.rlim_cur = std::max(limit.rlim_cur, std::min(limit.rlim_max, plenty));
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// Makes the data folder where it is missing. Why it cannot be used; nothing when it can.
std::optional<std::string> provideData(const Privileges& privileges, const config::Config& config) {
    const auto provided = privileges.provideFolder(config.dataDir);
    if (provided) return std::nullopt;
    return config::complaintAbout(config, "data.dir", provided.error());
}

/// As the account the server runs as.
std::optional<std::string> cannotWrite(const config::Config& config) {
    if (::access(config.dataDir.c_str(), R_OK | W_OK | X_OK) == 0) return std::nullopt;
    const std::string reason = std::generic_category().message(errno);
    return config::complaintAbout(config, "data.dir",
                                  config.dataDir.string() + ": " + reason +
                                      "; it must belong to the account that the server runs as");
}

/// Binds the ports, makes the data folder and the pid file, and then gives up root. What is wrong
/// is added to the reading's problems: the rest of the configuration is looked at nevertheless, as
/// far as it can be, and refused as a whole. Ports and folder are those of no mistaken key.
BoundPorts bindAndDrop(config::Reading& reading, const CommandLine& commandLine,
                       std::optional<PidFile>& pidFile) {
    const auto& config = reading.config;
    auto& problems = reading.problems;
    const bool goodKeys = problems.empty();
    const auto privileges = Privileges::prepare(reading);
    BoundPorts ports;
    if (goodKeys) ports = bindPorts(config, problems);
    if (!privileges) return ports;
    std::optional<std::string> dataFault;
    if (goodKeys) dataFault = provideData(*privileges, config);
    if (problems.empty() && !dataFault) pidFile.emplace(commandLine.pidFile);
    privileges->drop();
    if (goodKeys && !dataFault) dataFault = cannotWrite(config);
    if (dataFault) problems.push_back(*std::move(dataFault));
    return ports;
}

std::vector<std::string> without(std::vector<std::string> sentences,
                                 const std::vector<std::string>& others) {
    std::erase_if(sentences, [&others](const std::string& sentence) {
        return std::ranges::find(others, sentence) != others.end();
    });
    return sentences;
}

directory::AccountChain::Sources sourcesInOrder(users::AccountSource& files,
                                                users::AccountSource* elsewhere) {
    if (elsewhere == nullptr) return {&files};
    return {&files, elsewhere};
}

auth::PasswordAuthenticatorOptions authenticatorOptions(Foundation& foundation) {
    auto secret =
        auth::serverSecret(foundation.config()->dataDir / "auth-secret", foundation.random());
    if (!secret) throw ConfigurationRefused(secret.error());
    auth::PasswordAuthenticatorOptions options;
    options.secret = std::move(*secret);
    return options;
}

}  // namespace

/// In the order of their making; taken down in reverse.
struct Server::Parts {
    Parts(config::Reading reading, const CommandLine& commandLine, BoundPorts ports);
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;
    ~Parts() { forgetGauges(foundation.metrics()); }

    [[nodiscard]] net::SessionServices sessionServices();
    [[nodiscard]] std::unique_ptr<smtp::Gatekeeper> admit();
    [[nodiscard]] WatchedParts watched() {
        return {foundation, *store, journal, listeners, relayTrust};
    }
    /// Passes on what a reload changed in the configuration.
    void useConfig();

    Foundation foundation;
    std::unique_ptr<queue::QueueStore> store;
    journal::SqliteJournal journal;
    journal::MailLog mailLog;
    routing::AliasRouter router;
    routing::LiveOriginatorPolicy originators;
    reception::AddressDirectory directory;
    routing::UsersFileSource usersFiles;
    directory::AccountChain accounts;
    auth::PasswordAuthenticator authenticator;
    LiveCouriers couriers;
    delivery::Delivery delivery;
    delivery::ReportWriter reports;
    reception::MessageReception reception;
    reception::PostmasterNotices notices;
    net::RelayTrust relayTrust;
    net::Listeners listeners;
    std::unique_ptr<monitoring::HttpServer> monitoring;
};

Server::Parts::Parts(config::Reading reading, const CommandLine& commandLine, BoundPorts ports)
    : foundation(std::move(reading), commandLine),
      store(queue::QueueStore::open(storeOptions(*foundation.config()), foundation.clock(),
                                    foundation.log(), foundation.metrics())),
      journal(journalOptions(*foundation.config()), foundation.clock(), foundation.log(),
              foundation.metrics()),
      mailLog(foundation.log(), foundation.metrics(), journal),
      router(foundation.addressBook(), foundation.routingCouriers(), foundation.config()->hostname,
             foundation.elsewhere()),
      originators(foundation.addressBook(), router),
      directory(router, originators, foundation.log()),
      usersFiles(foundation.addressBook()),
      accounts(sourcesInOrder(usersFiles, foundation.accountsElsewhere())),
      authenticator({accounts, foundation.addressBook(), mailLog, foundation.log(),
                     foundation.metrics(), foundation.clock()},
                    authenticatorOptions(foundation)),
      couriers(foundation),
      delivery(deliveryOptions(*foundation.config()),
               {*store, couriers, router, mailLog, foundation.log(), foundation.metrics(),
                foundation.clock(), foundation.random()}),
      reports(foundation.config()->hostname, foundation.config()->queue.giveUpAfter,
              {router, foundation.log(), foundation.clock(), foundation.random()}),
      reception(receptionOptions(*foundation.config()),
                {router, originators, *store, mailLog, foundation.log(), foundation.clock(),
                 foundation.random(), [this] { delivery.wake(); },
                 [this](const auto& message, const auto& aliases) {
                     return reports.writeExpansion(message, aliases);
                 }}),
      notices(foundation.config()->hostname, foundation.config()->queue.giveUpAfter,
              {router, *store, foundation.log(), foundation.clock(), foundation.random(),
               [this] { delivery.wake(); }}),
      relayTrust(trustRules(*foundation.config()),
                 {foundation.clock(), foundation.log(), foundation.metrics(), journal,
                  [this](const mail::Domain& domain) {
                      return foundation.addressBook().current()->find(domain) != nullptr;
                  }}),
      listeners(sessionServices(),
                {.sessions = foundation.config()->session.max,
                 .perAddress = foundation.config()->session.maxPerIp},
                ports.mail.size()) {
    foundation.connect(notices);
    for (auto& port : ports.mail) {
        listeners.add(std::move(port.socket), connectionOptions(*foundation.config(), port.kind));
    }
    watchGauges(watched());
    monitoring = startMonitoring(watched(), std::move(ports.monitoring));
}

net::SessionServices Server::Parts::sessionServices() {
    return {.directory = directory,
            .authenticator = authenticator,
            .reception = reception,
            .makeGatekeeper = [this] { return admit(); },
            .currentTls = [this] { return foundation.certificates().current(); },
            .relayTrust = relayTrust,
            .mailLog = mailLog,
            .log = foundation.log(),
            .clock = foundation.clock(),
            .random = foundation.random(),
            .spoolFolder = foundation.config()->dataDir / "spool",
            .inlineContent = foundation.config()->queue.inlineContent};
}

std::unique_ptr<smtp::Gatekeeper> Server::Parts::admit() {
    return std::make_unique<net::TrustWatch>(relayTrust, foundation.hooks()->admit(journal));
}

void Server::Parts::useConfig() {
    const auto config = foundation.config();
    for (const auto kind : {mail::ListenerKind::Smtp, mail::ListenerKind::Submission,
                            mail::ListenerKind::Submissions}) {
        listeners.use(connectionOptions(*config, kind));
    }
    listeners.changePerAddress(config->session.maxPerIp);
    relayTrust.use(trustRules(*config));
    router.useCouriers(foundation.routingCouriers());
    delivery.use(deliveryOptions(*config));
    reception.useGiveUpAfter(config->queue.giveUpAfter);
}

Server::Server(const CommandLine& commandLine) {
    ::umask(027);
    raiseFileLimit();
    auto reading = config::read(commandLine.configDir, commandLine.overrides);
    auto ports = bindAndDrop(reading, commandLine, pidFile_);
    parts_ = std::make_unique<Parts>(std::move(reading), commandLine, std::move(ports));
}

Server::~Server() = default;

void Server::start() {
    auto& foundation = parts_->foundation;
    for (const auto& warning : foundation.warnings()) {
        foundation.log().warning("configuration", {{"reason", warning}});
    }
    parts_->listeners.start();
    foundation.log().info(
        "started", {{"hostname", foundation.config()->hostname}, {"version", POSTRIDER_VERSION}});
}

void Server::reload() {
    if (!reloadAsked_) toldBefore_ = parts_->foundation.problems();
    reloadAsked_ = true;
    tick();
}

bool Server::isWaiting() const {
    return reloadAsked_ || parts_->foundation.wasRestless();
}

void Server::tick() {
    try {
        lookAfterFiles();
    } catch (const std::exception& problem) {
        // No memory for it: what is in force stays so, and the next tick tries again.
        parts_->foundation.log().error("reload-failed", {{"reason", problem.what()}});
    }
}

void Server::lookAfterFiles() {
    auto& foundation = parts_->foundation;
    if (!reloadAsked_) {
        foundation.refreshIfChanged();
        if (!foundation.isReloadDue()) return;
    }
    auto known = foundation.problems();
    // Who asked is answered in full, but for what the log was told since.
    if (reloadAsked_) known = without(std::move(known), toldBefore_);
    const auto problems = foundation.reload();
    if (!problems) {  // a file is being written: the next tick tries again
        if (reloadAsked_) foundation.refreshIfChanged();
        return;
    }
    reloadAsked_ = false;
    tellReload(*problems, known);
}

void Server::tellReload(const std::vector<std::string>& problems,
                        const std::vector<std::string>& known) {
    auto& log = parts_->foundation.log();
    for (const auto& problem : without(problems, known))
        log.error("reload-failed", {{"reason", problem}});
    if (!problems.empty()) return;
    parts_->useConfig();
    log.info("reloaded", {{"what", "all"}});
    for (const auto& key : parts_->foundation.restartNeeded()) {
        log.warning("configuration",
                    {{"reason", key + " has changed; that counts after a restart"}});
    }
}

bool Server::stop() {
    auto& foundation = parts_->foundation;
    foundation.log().info("stopping", {});
    const auto grace = foundation.config()->session.grace;
    const auto until = Deadline::after(grace);
    parts_->listeners.stop(grace);
    constexpr std::chrono::milliseconds least{1000};
    const bool ended = parts_->delivery.stop(
        std::max<std::chrono::milliseconds>(least, std::chrono::milliseconds{until.pollTimeout()}));
    foundation.log().info("stopped", {});
    return ended;
}

}  // namespace postrider::app
