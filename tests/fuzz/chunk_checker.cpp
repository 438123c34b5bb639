#include "server/smtp/chunk_checker.h"

#include "tests/fuzz/fuzz.h"

#include <algorithm>
#include <optional>
#include <string>

namespace postrider::fuzz {

namespace {

/// The content that is kept of these octets, or nothing when they are refused.
std::optional<std::string> take(std::string_view input, std::size_t piece, smtp::ContentKind kind) {
    smtp::ChunkChecker checker{kind};
    std::string content;
    for (; !input.empty(); input.remove_prefix(std::min(piece, input.size()))) {
        if (!checker.take(input.substr(0, piece))) return std::nullopt;
        content.append(input.substr(0, piece));
    }
    const auto end = checker.missingEnd();
    if (!end) return std::nullopt;
    return content.append(*end);
}

/// Every line of a text is ended, by CRLF and nothing else.
void checkText(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        promise(text[i] != '\0');
        if (text[i] == '\n') promise(i > 0 && text[i - 1] == '\r');
        if (text[i] == '\r') promise(i + 1 < text.size() && text[i + 1] == '\n');
    }
    promise(text.empty() || text.ends_with("\r\n"));
}

}  // namespace

}  // namespace postrider::fuzz

/// Wherever chunks are cut, the same content is taken or refused; a text is one, and so is the
/// header section of a binary message. The first octet chooses the kind and the size of the pieces.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace postrider;
    if (size == 0) return 0;
    const auto kind = (data[0] & 1U) != 0 ? smtp::ContentKind::Binary : smtp::ContentKind::Text;
    const auto input = fuzz::textOf(data, size).substr(1);
    const auto whole = fuzz::take(input, std::max<std::size_t>(input.size(), 1), kind);
    fuzz::promise(whole == fuzz::take(input, std::size_t{data[0]} / 2 % 16 + 1, kind));
    if (!whole) return 0;
    fuzz::promise(whole->starts_with(input));
    const auto header = whole->starts_with("\r\n") ? 0 : whole->find("\r\n\r\n");
    const bool isFree = kind == smtp::ContentKind::Binary && header != std::string::npos;
    fuzz::checkText(isFree ? whole->substr(0, header + 2) : *whole);
    return 0;
}
