#include "server/app/foundation.h"

#include "common/base/poco_log.h"
#include "common/base/text.h"
#include "common/dns/unbound_resolver.h"
#include "server/app/configuration_refused.h"
#include "server/app/restart_needed.h"
#include "server/auth/hash_review.h"
#include "server/config/load.h"
#include "server/directory/any_account.h"
#include "server/net/nat_suspects.h"
#include "server/routing/address_book_review.h"

#include <algorithm>
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

Foundation::Foundation(config::Config config, const CommandLine& commandLine)
    : commandLine_(commandLine),
      config_(std::make_shared<const config::Config>(std::move(config))),
      configRead_(FileStamp::of(config::propertiesFile(commandLine.configDir))),
      configSeen_(configRead_) {
    // --check answers on the terminal, not in the mail log.
    const bool syslog = this->config()->syslog && !commandLine.check;
    log_ = std::make_unique<PocoLog>(
        clock_,
        PocoLogOptions{.threshold = severityOf(this->config()->logLevel), .syslog = syslog});
    std::vector<std::string> problems;
    makeServices(problems);
    if (problems.empty()) makeParts(problems);
    if (!problems.empty()) throw ConfigurationRefused(std::move(problems));
}

Foundation::~Foundation() = default;

void Foundation::makeServices(std::vector<std::string>& problems) {
    const auto config = this->config();
    dns::UnboundOptions dnsOptions;
    dnsOptions.forwarders = config->dnsForward;
    dnsOptions.trustAnchorFile = config->trustAnchorFile;
    auto resolver = dns::UnboundResolver::create(dnsOptions);
    if (resolver) {
        resolver_ = *std::move(resolver);
    } else {
        problems.push_back(
            config::complaintAbout(*config, "dns.trust_anchor_file", resolver.error()));
    }
    auto client = net::TlsClient::create(config->tlsCaFile);
    if (client) {
        tlsClient_ = *std::move(client);
    } else {
        problems.push_back(config::complaintAbout(*config, "tls.ca_file", client.error()));
    }
    if (!problems.empty()) return;
    host_ = std::make_unique<plugin::Host>(
        plugin::Host{config->hostname, config->configDir, config->dataDir, *log_, clock_, random_,
                     metrics_, *resolver_, *tlsClient_, notices_});
    catalog_ = std::make_unique<pluginhost::PluginCatalog>(config->pluginDir);
}

void Foundation::makeParts(std::vector<std::string>& problems) {
    const auto config = this->config();
    auto book = routing::LiveAddressBook::open(bookOptions(*config), *log_);
    if (book) {
        addressBook_ = *std::move(book);
    } else {
        append(problems, book.error().sentences);
    }
    auto certificates = LiveCertificates::open(config->configDir, config->hostname, *log_);
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

Result<config::Config, config::ConfigProblems> Foundation::readAnew(
    std::vector<std::string>& keptUntilRestart) const {
    const auto running = config();
    auto fresh = config::load(commandLine_.configDir, commandLine_.overrides);
    if (!fresh) return fresh;
    if (fresh->dataDir != running->dataDir) {
        // Queue and journal stay where they are, so all that lies beside them by default must too.
        keptUntilRestart.emplace_back("data.dir");
        auto overrides = commandLine_.overrides;
        overrides.emplace_back("data.dir", running->dataDir.string());
        fresh = config::load(commandLine_.configDir, overrides);
        if (!fresh) return fresh;
    }
    const auto others = keepUntilRestart(*running, *fresh);
    append(keptUntilRestart, others);
    return fresh;
}

std::vector<std::string> Foundation::reload() {
    // before reading: what changes meanwhile is noticed the next time
    configRead_ = configSeen_ = FileStamp::of(config::propertiesFile(commandLine_.configDir));
    auto problems = tryReload();
    const std::lock_guard lock{mutex_};
    refused_ = problems;
    return problems;
}

bool Foundation::isReloadDue() {
    const auto now = FileStamp::of(config::propertiesFile(commandLine_.configDir));
    const bool leftAlone = std::exchange(configSeen_, now) == now;
    return leftAlone && (now != configRead_ || !refused().empty());
}

std::vector<std::string> Foundation::refused() const {
    const std::lock_guard lock{mutex_};
    return refused_;
}

std::vector<std::string> Foundation::tryReload() {
    std::vector<std::string> problems;
    std::vector<std::string> keptUntilRestart;
    auto fresh = readAnew(keptUntilRestart);
    if (!fresh) return fresh.error().sentences;
    auto couriers = makeCouriers(*fresh, problems);
    auto hooks = makeHooks(*fresh, problems);
    auto certificates = certificates_->read();
    if (!certificates) append(problems, certificates.error().sentences);
    if (!problems.empty()) return problems;
    // The last step that can fail; nothing has been replaced yet.
    if (const auto book = addressBook_->reload(bookOptions(*fresh)); !book) {
        return book.error().sentences;
    }
    accountsElsewhere_->forget();
    certificates_->use(*std::move(certificates));
    couriers_->set(std::move(couriers));
    hooks_->set(std::move(hooks));
    config_.set(std::make_shared<const config::Config>(*std::move(fresh)));
    restartNeeded_ = std::move(keptUntilRestart);
    return {};
}

void Foundation::refreshIfChanged() {
    addressBook_->refreshIfChanged();
    certificates_->refreshIfChanged();
}

std::string Foundation::problem() const {
    auto problems = addressBook_->problems();
    if (auto problem = certificates_->problem(); !problem.empty()) problems.push_back(problem);
    for (auto& sentence : refused()) {
        const bool isThere = std::ranges::find(problems, sentence) != problems.end();
        if (!isThere) problems.push_back(std::move(sentence));
    }
    return text::join(problems, "; ");
}

}  // namespace postrider::app
