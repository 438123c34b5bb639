#include "server/routing/live_address_book.h"

#include "server/config/folders.h"

#include <utility>

namespace postrider::routing {

namespace {

/// Everything whose change may change the book. Empty when the folder cannot be listed: never equal
/// to what was read.
std::vector<FileStamp> stampsOf(const std::filesystem::path& configDir) {
    const auto root = configDir / "domains";
    const auto folders = config::subfolders(root);
    if (!folders) return {};
    std::vector<FileStamp> stamps{FileStamp::of(root), FileStamp::of(AliasHook::fileIn(configDir))};
    for (const auto& folder : *folders) {
        stamps.push_back(FileStamp::of(folder));
        for (const auto* name : {"users", "aliases", "domain.properties"})
            stamps.push_back(FileStamp::of(folder / name));
    }
    return stamps;
}

}  // namespace

Result<std::unique_ptr<LiveAddressBook>, config::ConfigProblems> LiveAddressBook::open(
    AddressBookOptions options, Log& log) {
    std::unique_ptr<LiveAddressBook> live{new LiveAddressBook{std::move(options), log}};
    const auto read = live->readAnew();
    if (!read) return Unexpected{read.error()};
    return live;
}

std::shared_ptr<const AddressBook> LiveAddressBook::current() const {
    const std::lock_guard lock{mutex_};
    return book_;
}

std::vector<std::string> LiveAddressBook::problems() const {
    const std::lock_guard lock{mutex_};
    return problems_;
}

Result<Done, config::ConfigProblems> LiveAddressBook::readAnew() {
    // before reading: what changes meanwhile is noticed the next time
    auto stamps = stampsOf(options_.configDir);
    auto book = AddressBook::read(options_);
    if (!book) {
        stamps_.clear();
        return Unexpected{book.error()};
    }
    stamps_ = std::move(stamps);
    const std::lock_guard lock{mutex_};
    book_ = std::move(*book);
    problems_.clear();
    return Done{};
}

void LiveAddressBook::tell(const config::ConfigProblems& problems) {
    {
        const std::lock_guard lock{mutex_};
        if (problems_ == problems.sentences) return;
        problems_ = problems.sentences;
    }
    for (const auto& sentence : problems.sentences)
        log_.error("reload-failed", {{"what", "domains"}, {"reason", sentence}});
}

LiveAddressBook::Refresh LiveAddressBook::refreshIfChanged() {
    const std::lock_guard reading{reloading_};
    if (!stamps_.empty() && stamps_ == stampsOf(options_.configDir)) return Refresh::Unchanged;
    const auto read = readAnew();
    if (!read) {
        tell(read.error());
        return Refresh::Failed;
    }
    log_.info("reloaded", {{"what", "domains"}});
    return Refresh::Reloaded;
}

Result<Done, config::ConfigProblems> LiveAddressBook::reload(AddressBookOptions options) {
    const std::lock_guard reading{reloading_};
    auto before = std::exchange(options_, std::move(options));
    auto read = readAnew();
    if (!read) {
        options_ = std::move(before);
        tell(read.error());
    }
    return read;
}

}  // namespace postrider::routing
