#pragma once

#include "common/base/clock.h"
#include "common/base/current.h"
#include "common/base/file_watch.h"
#include "common/base/log.h"
#include "server/config/standing_problems.h"
#include "server/routing/address_book.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace postrider::routing {

/// The address book as the files have it now: one immutable snapshot that a change swaps as a
/// whole. A changed file counts when it has kept still for a moment (common/base/file_watch.h), so
/// that nobody is unknown while a file is being written. A change that cannot be read keeps the
/// last good book, says so in the log once, and is tried again. current() and problems() are for
/// any thread and never wait for the disk; the others are for one thread.
class LiveAddressBook {
public:
    /// Reads the first snapshot.
    static Result<std::unique_ptr<LiveAddressBook>, config::ConfigProblems> open(
        AddressBookOptions options, Log& log, const Clock& clock, Patience patience = {});

    /// Who asks keeps what he got for as long as he needs one state of things; owned by him and us.
    [[nodiscard]] std::shared_ptr<const AddressBook> current() const { return book_.get(); }

    enum class Refresh {
        Unchanged,
        Reloaded,
        Failed,    ///< what is there cannot be used
        Restless,  ///< a file is perhaps being written: ask again soon
    };
    /// Looks whether files or folders changed (inode, size, times) and reads them anew if so.
    /// Called every few seconds.
    Refresh refreshIfChanged();

    /// A new book, and the files as they were when it was made.
    struct Reading {
        AddressBookOptions options;
        FileStamps stamps;
        std::shared_ptr<const AddressBook> book;
    };
    /// From the files as they are, not in force yet.
    [[nodiscard]] Result<Reading, config::ConfigProblems> read(AddressBookOptions options) const;
    /// Puts what read() gave into force.
    void use(Reading reading);
    /// Somebody else tells the log that the files cannot be used.
    void note(const config::ConfigProblems& problems) { problems_.note(problems.sentences); }

    /// Compares the files with those in force.
    FileWatch::State look();
    /// What the last look found, by whomever.
    [[nodiscard]] FileWatch::State lastLook() const noexcept { return watch_.state(); }
    /// What keeps the newest files from being used; empty when nothing does. For /healthz.
    [[nodiscard]] std::vector<std::string> problems() const { return problems_.get(); }

private:
    LiveAddressBook(Reading first, Log& log, const Clock& clock, Patience patience);
    void tellRestless();

    const Clock& clock_;
    Log& log_;
    FileWatch watch_;
    AddressBookOptions options_;
    Current<const AddressBook> book_;
    config::StandingProblems problems_;
};

}  // namespace postrider::routing
