#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace postrider::mail {

/// Reads a MessageContent from its beginning. One thread.
class ContentReader {
public:
    virtual ~ContentReader() = default;
    /// Fills the buffer as far as it can; 0 at the end. Throws std::system_error when the file
    /// fails.
    virtual std::size_t read(std::span<char> buffer) = 0;
};

/// A message's octets: CRLF line ends, dots unstuffed, as received, with our prepended header block
/// in front.
///
/// Immutable and cheap to copy. The body is in memory (shared) or in a file that somebody else
/// owns: MessageContent never deletes it. Safe to read from many threads, each with its own reader.
class MessageContent {
public:
    static MessageContent fromMemory(std::string octets);
    /// `size` octets from the file's beginning.
    static MessageContent fromFile(std::filesystem::path file, std::uint64_t size);

    /// The same body with `block` (whole header fields, CRLF-ended) in front of what is in front
    /// already.
    [[nodiscard]] MessageContent withPrepended(std::string_view block) const;

    /// Prepended block and body together.
    [[nodiscard]] std::uint64_t size() const noexcept { return prepended_.size() + bodySize_; }
    [[nodiscard]] const std::string& prepended() const noexcept { return prepended_; }
    [[nodiscard]] std::uint64_t bodySize() const noexcept { return bodySize_; }
    /// The body when it is in memory, else null.
    [[nodiscard]] const std::string* bodyInMemory() const noexcept { return memory_.get(); }
    /// The body's file, empty when it is in memory.
    [[nodiscard]] const std::filesystem::path& bodyFile() const noexcept { return file_; }

    /// Throws std::system_error when the file cannot be opened.
    [[nodiscard]] std::unique_ptr<ContentReader> open() const;
    /// The header section (prepended block and the body's), up to and with the empty line, at most
    /// `limit` octets.
    [[nodiscard]] std::string headerSection(std::size_t limit = std::size_t{1024} * 1024) const;

private:
    MessageContent() = default;
    std::string prepended_;
    std::shared_ptr<const std::string> memory_;  ///< owners: the copies of this content
    std::filesystem::path file_;
    std::uint64_t bodySize_ = 0;
};

}  // namespace postrider::mail
