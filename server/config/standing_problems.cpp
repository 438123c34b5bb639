#include "server/config/standing_problems.h"

#include <algorithm>

namespace postrider::config {

StandingProblems::StandingProblems(Log& log, std::string what)
    : log_(log), what_(std::move(what)) {}

std::vector<std::string> StandingProblems::get() const {
    const std::lock_guard lock{mutex_};
    return sentences_;
}

std::vector<std::string> StandingProblems::exchange(std::vector<std::string> sentences) {
    const std::lock_guard lock{mutex_};
    return std::exchange(sentences_, std::move(sentences));
}

void StandingProblems::tell(const std::vector<std::string>& sentences) {
    const auto known = exchange(sentences);
    for (const auto& sentence : sentences) {
        const bool isNew = std::find(known.begin(), known.end(), sentence) == known.end();
        if (isNew) log_.error("reload-failed", {{"what", what_}, {"reason", sentence}});
    }
}

void StandingProblems::note(std::vector<std::string> sentences) {
    exchange(std::move(sentences));
}

}  // namespace postrider::config
