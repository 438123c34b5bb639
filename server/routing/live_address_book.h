#pragma once

#include "common/base/log.h"
#include "common/base/text_file.h"
#include "server/routing/address_book.h"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace postrider::routing {

/// The address book as the files have it now: one immutable snapshot that a change swaps as a
/// whole. A change that cannot be read keeps the last good one, says so in the log once, and is
/// tried again. Locks inside; current() never waits for the disk.
class LiveAddressBook {
public:
    /// Reads the first snapshot.
    static Result<std::unique_ptr<LiveAddressBook>, config::ConfigProblems> open(
        AddressBookOptions options, Log& log);

    /// Who asks keeps what he got for as long as he needs one state of things; owned by him and us.
    [[nodiscard]] std::shared_ptr<const AddressBook> current() const;

    enum class Refresh { Unchanged, Reloaded, Failed };
    /// Looks whether files or folders changed (inode, size, times) and reads them anew if so.
    /// Called every few seconds by one thread.
    Refresh refreshIfChanged();
    /// Reads everything anew, with new options (SIGHUP). On an error the last good state stays.
    Result<Done, config::ConfigProblems> reload(AddressBookOptions options);

    /// What keeps the newest files from being used; empty when nothing does. For /healthz.
    [[nodiscard]] std::vector<std::string> problems() const;

private:
    LiveAddressBook(AddressBookOptions options, Log& log)
        : log_(log), options_(std::move(options)) {}
    Result<Done, config::ConfigProblems> readAnew();
    void tell(const config::ConfigProblems& problems);

    Log& log_;
    std::mutex reloading_;           ///< one reader of the files at a time
    AddressBookOptions options_;     ///< guarded by reloading_
    std::vector<FileStamp> stamps_;  ///< of what was read last; guarded by reloading_
    mutable std::mutex mutex_;
    std::shared_ptr<const AddressBook> book_;  ///< guarded by mutex_
    std::vector<std::string> problems_;        ///< guarded by mutex_
};

}  // namespace postrider::routing
