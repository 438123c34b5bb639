#include "server/app/live_certificates.h"

#include "common/base/text.h"
#include "server/config/domains.h"
#include "server/config/folders.h"

#include <utility>

namespace postrider::app {

Result<std::unique_ptr<LiveCertificates>, config::ConfigProblems> LiveCertificates::open(
    std::filesystem::path configDir, std::string hostname, Log& log) {
    std::unique_ptr<LiveCertificates> live{
        new LiveCertificates{std::move(configDir), std::move(hostname), log}};
    auto reading = live->read();
    if (!reading) return Unexpected{reading.error()};
    live->stamps_ = std::move(reading->stamps);
    live->current_ = std::make_unique<Current<net::TlsServer>>(std::move(reading->server));
    return live;
}

Result<LiveCertificates::Reading, config::ConfigProblems> LiveCertificates::read() const {
    // before reading: what changes meanwhile is noticed the next time
    auto before = stamps();
    const auto files = config::findCertificates(configDir_, hostname_);
    if (!files) return Unexpected{files.error()};
    if (files->empty()) {
        return Unexpected{
            config::ConfigProblems{{"certs/: there is no certificate; submission needs one: put "
                                    "fullchain.pem and privkey.pem "
                                    "into certs/" +
                                    hostname_ + "/"}}};
    }
    auto server = net::TlsServer::create(*files);
    if (!server) {
        const auto folder = configDir_.string() + "/";
        std::string sentence = server.error();
        for (auto at = sentence.find(folder); at != std::string::npos; at = sentence.find(folder)) {
            sentence.erase(at, folder.size());
        }
        return Unexpected{config::ConfigProblems{{std::move(sentence)}}};
    }
    return Reading{std::move(before), *std::move(server)};
}

void LiveCertificates::use(Reading reading) {
    stamps_ = std::move(reading.stamps);
    current_->set(std::move(reading.server));
    tell("");
}

void LiveCertificates::refreshIfChanged() {
    const auto now = stamps();
    if (!now.empty() && now == stamps_) return;
    auto reading = read();
    if (!reading) {
        tell(text::join(reading.error().sentences, "; "));
        return;
    }
    use(*std::move(reading));
    log_.info("reloaded", {{"what", "certificates"}});
}

std::vector<FileStamp> LiveCertificates::stamps() const {
    const auto root = configDir_ / "certs";
    std::vector<FileStamp> stamps{FileStamp::of(root)};
    const auto folders = config::subfolders(root);
    if (!folders) return {};  // never equal to what was read
    for (const auto& folder : *folders) {
        for (const auto* name : {"fullchain.pem", "privkey.pem"}) {
            stamps.push_back(FileStamp::of(folder / name));
        }
    }
    return stamps;
}

std::string LiveCertificates::problem() const {
    const std::lock_guard lock{mutex_};
    return problem_;
}

void LiveCertificates::tell(const std::string& problem) {
    {
        const std::lock_guard lock{mutex_};
        if (problem_ == problem) return;
        problem_ = problem;
    }
    if (!problem.empty())
        log_.error("reload-failed", {{"what", "certificates"}, {"reason", problem}});
}

}  // namespace postrider::app
