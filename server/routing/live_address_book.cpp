#include "server/routing/live_address_book.h"

#include "server/config/folders.h"
#include "server/config/restless_files.h"

#include <utility>

namespace postrider::routing {

namespace {

/// That a folder is there, and which. Its times and size change with every file that an editor
/// keeps beside ours.
FileStamp identityOf(const std::filesystem::path& folder) {
    const auto stamp = FileStamp::of(folder);
    return {stamp.device, stamp.inode, stamp.size < 0 ? -1 : 0, 0, 0};
}

/// Everything whose change may change the book.
FileStamps stampsOf(const std::filesystem::path& configDir) {
    const auto root = configDir / "domains";
    const auto hook = AliasHook::fileIn(configDir);
    FileStamps stamps{{root, FileStamp::of(root)}, {hook, FileStamp::of(hook)}};
    const auto folders = config::subfolders(root);
    if (!folders) return stamps;  // the domains are gone, as far as we can see
    for (const auto& folder : *folders) {
        stamps.emplace(folder, identityOf(folder));
        for (const auto* name : {"users", "aliases", "domain.properties"})
            stamps.emplace(folder / name, FileStamp::of(folder / name));
    }
    return stamps;
}

Result<LiveAddressBook::Reading, config::ConfigProblems> readBook(AddressBookOptions options) {
    // before reading: what changes meanwhile is noticed the next time
    auto stamps = stampsOf(options.configDir);
    auto book = AddressBook::read(options);
    if (!book) return Unexpected{book.error()};
    return LiveAddressBook::Reading{std::move(options), std::move(stamps), *std::move(book)};
}

}  // namespace

LiveAddressBook::LiveAddressBook(Reading first, Log& log, const Clock& clock, Patience patience)
    : clock_(clock),
      log_(log),
      watch_(patience),
      options_(std::move(first.options)),
      book_(std::move(first.book)),
      problems_(log, "domains") {
    watch_.take(std::move(first.stamps));
}

Result<std::unique_ptr<LiveAddressBook>, config::ConfigProblems> LiveAddressBook::open(
    AddressBookOptions options, Log& log, const Clock& clock, Patience patience) {
    auto first = readBook(std::move(options));
    if (!first) return Unexpected{first.error()};
    return std::unique_ptr<LiveAddressBook>{
        new LiveAddressBook{*std::move(first), log, clock, patience}};
}

Result<LiveAddressBook::Reading, config::ConfigProblems> LiveAddressBook::read(
    AddressBookOptions options) const {
    return readBook(std::move(options));
}

void LiveAddressBook::use(Reading reading) {
    options_ = std::move(reading.options);
    watch_.take(std::move(reading.stamps));
    book_.set(std::move(reading.book));
    problems_.note({});
}

FileWatch::State LiveAddressBook::look() {
    return watch_.look(stampsOf(options_.configDir), clock_.steady());
}

void LiveAddressBook::tellRestless() {
    auto sentence = config::complaintAboutRestless(watch_, options_.configDir, clock_.steady());
    if (sentence) problems_.tell({*std::move(sentence)});
}

LiveAddressBook::Refresh LiveAddressBook::refreshIfChanged() {
    switch (look()) {
        case FileWatch::State::Same:
            problems_.note({});
            return Refresh::Unchanged;
        case FileWatch::State::Restless:
            tellRestless();
            return Refresh::Restless;
        case FileWatch::State::Settled:
            break;
    }
    auto reading = readBook(options_);
    if (look() == FileWatch::State::Restless) return Refresh::Restless;  // written while we read
    if (!reading) {
        problems_.tell(reading.error().sentences);
        return Refresh::Failed;
    }
    use(*std::move(reading));
    log_.info("reloaded", {{"what", "domains"}});
    return Refresh::Reloaded;
}

}  // namespace postrider::routing
