#pragma once

#include <cstdint>

namespace postrider::smtp {

/// What the octets of a message sent by BDAT may be.
enum class ContentKind {
    Text,    ///< what DATA could carry: lines that end in CRLF, no NUL
    Binary,  ///< BODY=BINARYMIME: text up to the end of the header section, then anything
};

/// Octets of content that follow a BDAT line (RFC 3030 section 2).
struct Chunk {
    std::uint64_t size = 0;
    bool last = false;
    ContentKind kind = ContentKind::Text;
};

}  // namespace postrider::smtp
