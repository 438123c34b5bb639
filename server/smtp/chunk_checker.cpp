#include "server/smtp/chunk_checker.h"

namespace postrider::smtp {

bool ChunkChecker::take(std::string_view octets) {
    for (const char c : octets) {
        if (isFree()) return true;
        if (c == '\0' || afterCr_ != (c == '\n')) return false;
        if (c == '\n' && lineEmpty_) headerEnded_ = true;
        afterCr_ = c == '\r';
        if (!afterCr_) lineEmpty_ = c == '\n';
    }
    return true;
}

std::optional<std::string_view> ChunkChecker::missingEnd() const {
    if (isFree()) return "";
    if (afterCr_) return std::nullopt;
    return lineEmpty_ ? "" : "\r\n";
}

}  // namespace postrider::smtp
