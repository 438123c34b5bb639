#include "server/dsn/safe_text.h"

#include "common/base/text.h"

#include <algorithm>

namespace postrider::dsn {

std::string safeText(std::string_view text, std::size_t limit, Charset charset) {
    std::string safe{text::trim(text::prefix(text, limit))};
    std::replace_if(safe.begin(), safe.end(), text::isControl, ' ');
    if (charset == Charset::Utf8 && text::isUtf8(safe)) return safe;
    std::replace_if(
        safe.begin(), safe.end(), [](char c) { return !text::isAscii(c); }, '?');
    return safe;
}

}  // namespace postrider::dsn
