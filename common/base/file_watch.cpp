#include "common/base/file_watch.h"

#include <algorithm>
#include <utility>

namespace postrider {

namespace {

FileStamp stampIn(const FileStamps& stamps, const std::filesystem::path& path) {
    const auto found = stamps.find(path);
    return found == stamps.end() ? FileStamp{} : found->second;
}

bool isMissing(const FileStamp& stamp) {
    return stamp == FileStamp{};
}

/// Writing sets both times of a file to the same; rename(2) sets the second alone. A file that was
/// made in its place looks so, too, when its writer sets mode or times of it at the end.
bool wasRenamedHere(const FileStamp& before, const FileStamp& now) {
    const bool isAnother = now.inode != before.inode || now.device != before.device;
    return isAnother && now.size > 0 && now.changedNs > now.modifiedNs;
}

}  // namespace

std::chrono::milliseconds FileWatch::patienceFor(const FileStamp& before,
                                                 const FileStamp& now) const {
    if (isMissing(now)) return patience_.shorter;
    if (wasRenamedHere(before, now)) return std::chrono::milliseconds{0};
    if (now.size == 0 && before.size > 0) return patience_.emptied;
    return now.size < before.size ? patience_.shorter : patience_.changed;
}

FileWatch::State FileWatch::look(const FileStamps& now, SteadyTime at) {
    FileStamps all = now;
    for (const auto& [path, stamp] : taken_)
        all.emplace(path, FileStamp{});
    const bool wasRestless = state_ == State::Restless;
    auto seen = std::exchange(seen_, {});
    state_ = State::Same;
    for (const auto& [path, stamp] : all) {
        const auto last = seen.find(path);
        const bool keptStill = last != seen.end() && last->second.stamp == stamp;
        const auto since = keptStill ? last->second.since : at;
        seen_.emplace(path, Seen{stamp, since});
        const auto before = stampIn(taken_, path);
        if (stamp == before) continue;
        const bool settled = at - since >= patienceFor(before, stamp);
        if (!settled) restless_ = path;
        state_ = std::max(state_, settled ? State::Settled : State::Restless);
    }
    if (!wasRestless) restlessSince_ = at;
    return state_;
}

std::optional<std::filesystem::path> FileWatch::restlessFor(std::chrono::seconds time,
                                                            SteadyTime now) const {
    if (state_ != State::Restless || now - restlessSince_ < time) return std::nullopt;
    return restless_;
}

}  // namespace postrider
