#include "server/app/foundation.h"

#include "common/dns/unbound_resolver.h"
#include "server/app/configuration_refused.h"
#include "server/app/restart_needed.h"
#include "server/auth/hash_review.h"
#include "server/config/load.h"
#include "server/directory/any_account.h"
#include "server/net/nat_suspects.h"
#include "server/routing/address_book_review.h"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace postrider::app {

namespace {

Severity severityOf(const std::string& level) {
    if (level == "debug") return Severity::Debug;
    if (level == "warning") return Severity::Warning;
    if (level == "error") return Severity::Error;
    return Severity::Info;
}

void append(std::vector<std::string>& all, const std::vector<std::string>& more) {
    all.insert(all.end(), more.begin(), more.end());
}

routing::AddressBookOptions bookOptions(const config::Config& config) {
    return {config.configDir, {config.suffixSeparators, config.suffixDrop}};
}

}  // namespace

Foundation::Foundation(config::Reading reading, const CommandLine& commandLine)
    : commandLine_(commandLine),
      config_(std::make_shared<const config::Config>(std::move(reading.config))) {
    properties_.take({{config::propertiesFile(commandLine.configDir), reading.stamp}});
    // --check answers on the terminal, not in the mail log.
    const bool syslog = config()->syslog && !commandLine.check;
    log_ = std::make_unique<PocoLog>(
        clock_, PocoLogOptions{.threshold = severityOf(config()->logLevel), .syslog = syslog});
    auto problems = std::move(reading.problems);
    // without the folder nothing else of it can be looked at
    if (!std::filesystem::exists(commandLine.configDir)) {
        throw ConfigurationRefused(std::move(problems));
    }
    makeServices(problems);
    makeParts(problems);
    if (!problems.empty()) throw ConfigurationRefused(std::move(problems));
}

Foundation::~Foundation() = default;

/// With what cannot be had as configured comes one by default, so that plugins, which are lent it,
/// can be tried, too.
void Foundation::makeServices(std::vector<std::string>& problems) {
    const auto config = this->config();
    dns::UnboundOptions dnsOptions;
    dnsOptions.forwarders = config->dnsForward;
    dnsOptions.trustAnchorFile = config->trustAnchorFile;
    auto resolver = dns::UnboundResolver::create(dnsOptions);
    if (!resolver) {
        problems.push_back(
            config::complaintAbout(*config, "dns.trust_anchor_file", resolver.error()));
        resolver = dns::UnboundResolver::create({});
    }
    auto client = net::TlsClient::create(config->tlsCaFile);
    if (!client) {
        problems.push_back(config::complaintAbout(*config, "tls.ca_file", client.error()));
        client = net::TlsClient::create({});
    }
    if (!resolver || !client) return;
    resolver_ = *std::move(resolver);
    tlsClient_ = *std::move(client);
    host_ = std::make_unique<plugin::Host>(
        plugin::Host{config->hostname, config->configDir, config->dataDir, *log_, clock_, random_,
                     metrics_, *resolver_, *tlsClient_, notices_});
    catalog_ = std::make_unique<pluginhost::PluginCatalog>(config->pluginDir);
}

void Foundation::makeParts(std::vector<std::string>& problems) {
    const auto config = this->config();
    auto book = routing::LiveAddressBook::open(bookOptions(*config), *log_, clock_);
    if (book) {
        addressBook_ = *std::move(book);
    } else {
        append(problems, book.error().sentences);
    }
    auto certificates = LiveCertificates::open(config->configDir, config->hostname, *log_, clock_);
    if (certificates) {
        certificates_ = *std::move(certificates);
    } else {
        append(problems, certificates.error().sentences);
    }
    auto accounts = directory::ExternalAccounts::create(*config, clock_, *log_, metrics_);
    if (accounts) {
        accountsElsewhere_ = *std::move(accounts);
    } else {
        append(problems, accounts.error().sentences);
    }
    if (host_ == nullptr) return;  // which is a problem already
    couriers_ = std::make_unique<Current<const pluginhost::CourierRegistry>>(
        makeCouriers(*config, problems));
    hooks_ = std::make_unique<Current<const pluginhost::HookChain>>(makeHooks(*config, problems));
}

std::shared_ptr<const pluginhost::CourierRegistry> Foundation::makeCouriers(
    const config::Config& config, std::vector<std::string>& problems) {
    auto made =
        pluginhost::CourierRegistry::create(config.couriers, *catalog_, *host_, config.configDir);
    if (made) return *std::move(made);
    append(problems, made.error());
    return nullptr;
}

std::shared_ptr<const pluginhost::HookChain> Foundation::makeHooks(
    const config::Config& config, std::vector<std::string>& problems) {
    auto made = pluginhost::HookChain::create(config.hooks, *catalog_, *host_, config.configDir);
    if (made) return std::make_shared<const pluginhost::HookChain>(*std::move(made));
    append(problems, made.error());
    return nullptr;
}

routing::RoutingCouriers Foundation::routingCouriers() const {
    const auto config = this->config();
    return {.local = config->localCourier, .remote = config->remoteCourier};
}

std::vector<std::string> Foundation::warnings() const {
    directory::AnyAccount anybody;
    // an alias elsewhere may have any name, too
    const bool elsewhere =
        accountsElsewhere_->source() != nullptr || accountsElsewhere_->aliases() != nullptr;
    std::vector<std::string> all = routing::review(*addressBook_->current(), routingCouriers(),
                                                   {.accounts = elsewhere ? &anybody : nullptr});
    append(all, accountsElsewhere_->warnings());
    append(all, auth::reviewHashes(*addressBook_->current()));
    append(all, certificates_->current()->warnings());
    const auto suspects = net::untrustedSuspects(config()->relayTrusted, net::natSuspects());
    if (!suspects.empty())
        all.push_back(config::complaintAbout(*config(), "relay.trusted", suspects));
    return all;
}

config::Reading Foundation::readAnew(std::vector<std::string>& keptUntilRestart) const {
    const auto running = config();
    auto fresh = config::read(commandLine_.configDir, commandLine_.overrides);
    const bool known = !fresh.doubtful.contains("data.dir");
    if (known && fresh.config.dataDir != running->dataDir) {
        // Queue and journal stay where they are, so all that lies beside them by default must too.
        keptUntilRestart.emplace_back("data.dir");
        auto overrides = commandLine_.overrides;
        overrides.emplace_back("data.dir", running->dataDir.string());
        fresh = config::read(commandLine_.configDir, overrides);
    }
    append(keptUntilRestart, keepUntilRestart(*running, fresh.config));
    return fresh;
}

FileWatch::State Foundation::lookAtProperties() {
    const auto file = config::propertiesFile(commandLine_.configDir);
    return properties_.look({{file, FileStamp::of(file)}}, clock_.steady());
}

bool Foundation::isReloadDue() {
    switch (lookAtProperties()) {
        case FileWatch::State::Restless:
            return false;
        case FileWatch::State::Settled:
            return true;
        case FileWatch::State::Same:
            break;
    }
    return !refused().empty();
}

bool Foundation::isRestless() {
    lookAtProperties();
    addressBook_->look();
    certificates_->look();
    return wasRestless();
}

bool Foundation::wasRestless() const noexcept {
    constexpr auto restless = FileWatch::State::Restless;
    return properties_.state() == restless || addressBook_->lastLook() == restless ||
           certificates_->lastLook() == restless;
}

std::vector<std::string> Foundation::refused() const {
    const std::lock_guard lock{mutex_};
    return refused_;
}

std::optional<std::vector<std::string>> Foundation::reload() {
    auto problems = tryReload();
    if (!problems) return std::nullopt;
    const std::lock_guard lock{mutex_};
    refused_ = *problems;
    return problems;
}

std::optional<std::vector<std::string>> Foundation::tryReload() {
    if (isRestless()) return std::nullopt;
    std::vector<std::string> keptUntilRestart;
    auto fresh = readAnew(keptUntilRestart);
    auto problems = std::move(fresh.problems);
    auto book = addressBook_->read(bookOptions(fresh.config));
    if (!book) append(problems, book.error().sentences);
    auto certificates = certificates_->read();
    if (!certificates) append(problems, certificates.error().sentences);
    auto couriers = makeCouriers(fresh.config, problems);
    auto hooks = makeHooks(fresh.config, problems);
    if (isRestless()) return std::nullopt;
    if (!book) addressBook_->note(book.error());
    if (!certificates) certificates_->note(certificates.error());
    if (!problems.empty()) return problems;
    properties_.take({{config::propertiesFile(commandLine_.configDir), fresh.stamp}});
    addressBook_->use(*std::move(book));
    accountsElsewhere_->forget();
    certificates_->use(*std::move(certificates));
    couriers_->set(std::move(couriers));
    hooks_->set(std::move(hooks));
    log_->useThreshold(severityOf(fresh.config.logLevel));
    config_.set(std::make_shared<const config::Config>(std::move(fresh.config)));
    restartNeeded_ = std::move(keptUntilRestart);
    return problems;
}

void Foundation::refreshIfChanged() {
    addressBook_->refreshIfChanged();
    certificates_->refreshIfChanged();
}

std::vector<std::string> Foundation::problems() const {
    auto problems = addressBook_->problems();
    append(problems, certificates_->problems());
    for (auto& sentence : refused()) {
        const bool isThere = std::ranges::find(problems, sentence) != problems.end();
        if (!isThere) problems.push_back(std::move(sentence));
    }
    return problems;
}

}  // namespace postrider::app
