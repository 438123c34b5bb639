#pragma once

#include "common/base/result.h"
#include "common/mail/content.h"
#include "common/mail/queue_id.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace postrider::queue {

/// Takes the content of one message as it arrives: in memory up to a limit, then in a file of the
/// spool. What is not handed over by finish() and put into the queue is deleted. One thread.
class SpoolWriter {
public:
    /// `name`: of the file, [0-9a-z] only, never used before; a queue id is one.
    SpoolWriter(std::filesystem::path folder, std::size_t inlineLimit, std::string name);
    SpoolWriter(const SpoolWriter&) = delete;
    SpoolWriter& operator=(const SpoolWriter&) = delete;
    ~SpoolWriter();

    /// NoRoom: 452 4.3.1. Failed: 451 4.3.0. After either, give this object up.
    enum class Fault { NoRoom, Failed };
    Result<Done, Fault> write(std::string_view octets);
    /// Syncs the file and its folder. The file stays this object's until release().
    Result<mail::MessageContent, Fault> finish();
    /// The message was accepted: the file is the queue's now.
    void release() noexcept { released_ = true; }
    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

private:
    [[nodiscard]] std::filesystem::path file() const { return folder_ / name_; }
    Result<Done, Fault> openFile();
    Result<Done, Fault> flush();

    std::filesystem::path folder_;
    std::size_t inlineLimit_;
    std::string name_;
    std::string memory_;  ///< the content, or what of it is not in the file yet
    int fd_ = -1;
    bool created_ = false;
    std::uint64_t size_ = 0;
    bool released_ = false;
};

}  // namespace postrider::queue
