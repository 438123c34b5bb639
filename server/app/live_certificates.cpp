#include "server/app/live_certificates.h"

#include "server/config/domains.h"
#include "server/config/folders.h"
#include "server/config/restless_files.h"

#include <utility>

namespace postrider::app {

namespace {

/// One certificate is rarely as long as the one before, and half of one is refused anyway: what is
/// shorter need not keep still for longer.
constexpr Patience patience{.shorter = Patience{}.changed, .emptied = Patience{}.changed};

}  // namespace

LiveCertificates::LiveCertificates(std::filesystem::path configDir, std::string hostname, Log& log,
                                   const Clock& clock)
    : configDir_(std::move(configDir)),
      hostname_(std::move(hostname)),
      log_(log),
      clock_(clock),
      watch_(patience),
      problems_(log, "certificates") {}

Result<std::unique_ptr<LiveCertificates>, config::ConfigProblems> LiveCertificates::open(
    std::filesystem::path configDir, std::string hostname, Log& log, const Clock& clock) {
    std::unique_ptr<LiveCertificates> live{
        new LiveCertificates{std::move(configDir), std::move(hostname), log, clock}};
    auto reading = live->read();
    if (!reading) return Unexpected{reading.error()};
    live->watch_.take(std::move(reading->stamps));
    live->current_ = std::make_unique<Current<net::TlsServer>>(std::move(reading->server));
    return live;
}

Result<LiveCertificates::Reading, config::ConfigProblems> LiveCertificates::read() const {
    // before reading: what changes meanwhile is noticed the next time
    auto before = stamps();
    auto [files, problems] = config::findCertificates(configDir_, hostname_);
    if (files.empty() && problems.empty()) {
        problems.push_back(
            "certs/: there is no certificate; submission needs one: put fullchain.pem and "
            "privkey.pem into certs/" +
            (hostname_.empty() ? "NAME" : hostname_) + "/");
    }
    if (problems.empty()) {
        auto server = net::TlsServer::create(files);
        if (server) return Reading{std::move(before), *std::move(server)};
    }
    const auto faults = faultsOf(files);
    problems.insert(problems.end(), faults.begin(), faults.end());
    return Unexpected{config::ConfigProblems{std::move(problems)}};
}

/// Each is tried alone, as together they are only tried up to the first that is not good.
std::vector<std::string> LiveCertificates::faultsOf(
    const std::vector<net::CertificateFiles>& certificates) const {
    std::vector<std::string> faults;
    const auto folder = configDir_.string() + "/";
    for (const auto& files : certificates) {
        const auto alone = net::TlsServer::create({files});
        if (alone) continue;
        std::string sentence = alone.error();
        for (auto at = sentence.find(folder); at != std::string::npos; at = sentence.find(folder)) {
            sentence.erase(at, folder.size());
        }
        faults.push_back(std::move(sentence));
    }
    return faults;
}

void LiveCertificates::use(Reading reading) {
    watch_.take(std::move(reading.stamps));
    current_->set(std::move(reading.server));
    problems_.note({});
}

void LiveCertificates::refreshIfChanged() {
    switch (look()) {
        case FileWatch::State::Same:
            problems_.note({});
            return;
        case FileWatch::State::Restless:
            if (auto sentence =
                    config::complaintAboutRestless(watch_, configDir_, clock_.steady())) {
                problems_.tell({*std::move(sentence)});
            }
            return;
        case FileWatch::State::Settled:
            break;
    }
    auto reading = read();
    if (look() == FileWatch::State::Restless) return;  // written while we read
    if (!reading) {
        problems_.tell(reading.error().sentences);
        return;
    }
    use(*std::move(reading));
    log_.info("reloaded", {{"what", "certificates"}});
}

FileStamps LiveCertificates::stamps() const {
    const auto root = configDir_ / "certs";
    FileStamps stamps{{root, FileStamp::of(root)}};
    const auto folders = config::subfolders(root);
    if (!folders) return stamps;  // the certificates are gone, as far as we can see
    for (const auto& folder : *folders) {
        for (const auto* name : {"fullchain.pem", "privkey.pem"})
            stamps.emplace(folder / name, FileStamp::of(folder / name));
    }
    return stamps;
}

}  // namespace postrider::app
