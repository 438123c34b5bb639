#pragma once

#include "common/base/clock.h"
#include "common/base/text_file.h"

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>

namespace postrider {

/// What stat(2) says about some files, by path. A path that is not in it is a missing file.
using FileStamps = std::map<std::filesystem::path, FileStamp>;

/// For how long a changed file must keep still before its change counts: whoever writes it in place
/// may be half way through. What is there less of than before is more likely not all there yet.
struct Patience {
    std::chrono::milliseconds changed{500};
    std::chrono::milliseconds shorter{5'000};   ///< or gone: editors move the old file away first
    std::chrono::milliseconds emptied{15'000};  ///< `slow-program > file`
};

/// Tells when files that were changed may be read. A file that was renamed into its place is
/// complete and counts at once; any other change counts when it was seen to keep still for as long
/// as Patience says. Goes by what it sees itself and by the steady clock, so that neither a file
/// server's clock nor times that were set by hand mislead it. One thread.
///
/// Use: look(); when Settled, read; look() again and drop what was read when it says Restless, as
/// it was written meanwhile; take() the stamps of the first look when what was read is in force.
class FileWatch {
public:
    enum class State {
        Same,      ///< every file is as it was taken
        Settled,   ///< some were changed, and may be read
        Restless,  ///< some are perhaps being written: look again soon
    };

    explicit FileWatch(Patience patience = {}) : patience_(patience) {}

    /// Compares the files as they are now with those taken.
    State look(const FileStamps& now, SteadyTime at);
    /// These are in force from now on.
    void take(FileStamps read) { taken_ = std::move(read); }
    /// What the last look() said.
    [[nodiscard]] State state() const noexcept { return state_; }
    /// A file that has kept everything from being read for this long; nothing when none has.
    [[nodiscard]] std::optional<std::filesystem::path> restlessFor(std::chrono::seconds time,
                                                                   SteadyTime now) const;

private:
    struct Seen {
        FileStamp stamp;
        SteadyTime since;
    };
    [[nodiscard]] std::chrono::milliseconds patienceFor(const FileStamp& before,
                                                        const FileStamp& now) const;

    const Patience patience_;
    FileStamps taken_;
    std::map<std::filesystem::path, Seen> seen_;
    State state_ = State::Same;
    std::filesystem::path restless_;
    SteadyTime restlessSince_;
};

}  // namespace postrider
