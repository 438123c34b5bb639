#pragma once

#include "server/smtp/chunk.h"

#include <optional>
#include <string_view>

namespace postrider::smtp {

/// Looks at content that came by BDAT, which needs no decoding, as strictly as DATA's decoder does.
///
/// A bare CR or LF cannot end a message on the way in, where sizes are counted. But the next hop
/// may be spoken to with DATA, and there a `LF . LF` kept faithfully would be the smuggler's end of
/// message. Only BODY=BINARYMIME may have them, since such a message never goes by DATA (RFC 3030
/// section 3), and not even that in its header section, which others read line by line.
///
/// One message, pieces cut at any octet, one thread.
class ChunkChecker {
public:
    explicit ChunkChecker(ContentKind kind) : kind_(kind) {}

    /// False: a bare CR or LF, or NUL, where there may be none. The message is bad from then on.
    bool take(std::string_view octets);

    /// Behind the last octet: what ends the last line of a text that lacks its CRLF (as verifiers
    /// of signatures see it, RFC 6376 section 3.4.3), else empty. Nothing when a CR is left over.
    [[nodiscard]] std::optional<std::string_view> missingEnd() const;

private:
    [[nodiscard]] bool isFree() const { return kind_ == ContentKind::Binary && headerEnded_; }

    ContentKind kind_;
    bool afterCr_ = false;
    bool lineEmpty_ = true;  ///< nothing on this line yet
    bool headerEnded_ = false;
};

}  // namespace postrider::smtp
