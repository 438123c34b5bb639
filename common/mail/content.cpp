#include "common/mail/content.h"

#include "common/base/file_descriptor.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace postrider::mail {

namespace {

constexpr std::size_t headerChunk = std::size_t{16} * 1024;

class MemoryReader final : public ContentReader {
public:
    MemoryReader(std::string prepended, std::shared_ptr<const std::string> body)
        : prepended_(std::move(prepended)), body_(std::move(body)) {}

    std::size_t read(std::span<char> buffer) override {
        const std::size_t first = take(prepended_, prependedAt_, buffer);
        const std::size_t second = body_ ? take(*body_, bodyAt_, buffer.subspan(first)) : 0;
        return first + second;
    }

private:
    static std::size_t take(const std::string& from, std::size_t& at, std::span<char> to) {
        const std::size_t size = from.copy(to.data(), to.size(), at);
        at += size;
        return size;
    }

    std::string prepended_;
    std::shared_ptr<const std::string>
        body_;  ///< owners: the contents that share it, and this reader
    std::size_t prependedAt_ = 0;
    std::size_t bodyAt_ = 0;
};

class FileReader final : public ContentReader {
public:
    FileReader(std::string prepended, const std::filesystem::path& file, std::uint64_t size)
        : prepended_(std::move(prepended), nullptr),
          name_(file.string()),
          file_(::open(file.c_str(), O_RDONLY | O_CLOEXEC)),
          left_(size) {
        if (!file_) throw std::system_error(errno, std::generic_category(), name_);
    }

    std::size_t read(std::span<char> buffer) override {
        std::size_t filled = prepended_.read(buffer);
        while (filled < buffer.size() && left_ > 0)
            filled += readFile(buffer.subspan(filled));
        return filled;
    }

private:
    std::size_t readFile(std::span<char> buffer) {
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), left_));
        const ssize_t got = ::read(file_.get(), buffer.data(), wanted);
        if (got < 0 && errno == EINTR) return 0;
        // a file shorter than was recorded is a damaged message, never a short one
        if (got <= 0)
            throw std::system_error(got < 0 ? errno : EIO, std::generic_category(), name_);
        left_ -= static_cast<std::uint64_t>(got);
        return static_cast<std::size_t>(got);
    }

    MemoryReader prepended_;
    std::string name_;
    FileDescriptor file_;
    std::uint64_t left_;
};

/// Octets up to and with the first empty line; npos when there is none. Looks only at lines that
/// end behind `from`.
std::size_t headerEnd(std::string_view text, std::size_t from) {
    if (text.starts_with("\r\n")) return 2;
    const auto end = text.find("\r\n\r\n", from < 3 ? 0 : from - 3);
    return end == std::string_view::npos ? end : end + 4;
}

}  // namespace

MessageContent MessageContent::fromMemory(std::string octets) {
    MessageContent content;
    content.bodySize_ = octets.size();
    content.memory_ = std::make_shared<const std::string>(std::move(octets));
    return content;
}

MessageContent MessageContent::fromFile(std::filesystem::path file, std::uint64_t size) {
    MessageContent content;
    content.file_ = std::move(file);
    content.bodySize_ = size;
    return content;
}

MessageContent MessageContent::withPrepended(std::string_view block) const {
    MessageContent content = *this;
    content.prepended_.insert(0, block);
    return content;
}

std::unique_ptr<ContentReader> MessageContent::open() const {
    if (memory_) return std::make_unique<MemoryReader>(prepended_, memory_);
    return std::make_unique<FileReader>(prepended_, file_, bodySize_);
}

std::string MessageContent::headerSection(std::size_t limit) const {
    const auto reader = open();
    std::string section;
    std::vector<char> chunk(std::min(headerChunk, limit));
    while (section.size() < limit) {
        const std::size_t got =
            reader->read(std::span{chunk}.first(std::min(chunk.size(), limit - section.size())));
        if (got == 0) break;
        const std::size_t before = section.size();
        section.append(chunk.data(), got);
        if (const auto end = headerEnd(section, before); end != std::string::npos) {
            section.resize(end);
            break;
        }
    }
    return section;
}

}  // namespace postrider::mail
