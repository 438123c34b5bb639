#include "server/dsn/returned_content.h"

#include <exception>
#include <span>

namespace postrider::dsn {

namespace {

std::string readAll(const mail::MessageContent& content) {
    std::string octets(static_cast<std::size_t>(content.size()), '\0');
    const auto reader = content.open();
    std::size_t filled = 0;
    while (filled < octets.size()) {
        const std::size_t got = reader->read(std::span{octets}.subspan(filled));
        if (got == 0) break;
        filled += got;
    }
    octets.resize(filled);
    return octets;
}

std::string readHeader(const mail::MessageContent& content) {
    std::string header = content.headerSection(maxReturned);
    const auto end = header.rfind("\r\n");
    header.resize(end == std::string::npos ? 0 : end + 2);
    return header;
}

}  // namespace

ReturnedContent contentToReturn(const mail::MessageContent& content,
                                const mail::MailParameters& parameters, Tells tells) {
    // a BINARYMIME body may hold anything and needs a courier that takes it
    const bool whole = tells == Tells::OfFailure && content.size() <= maxReturned &&
                       parameters.ret != mail::Ret::Headers && !parameters.requireTls &&
                       parameters.body != mail::BodyType::BinaryMime;
    try {
        if (whole) return {Returned::Everything, readAll(content)};
        std::string header = readHeader(content);
        if (header.empty()) return {};
        return {Returned::Header, std::move(header)};
    } catch (const std::exception&) {
        return {};
    }
}

}  // namespace postrider::dsn
