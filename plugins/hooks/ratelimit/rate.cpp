#include "plugins/hooks/ratelimit/rate.h"

#include "common/base/text.h"
#include "common/plugin/settings.h"

namespace postrider::hooks {

std::optional<Rate> Rate::parse(std::string_view text) {
    constexpr std::uint64_t most = 1'000'000;
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto count = text::parseUnsigned(text::trim(text.substr(0, slash)));
    const auto time = plugin::parseDuration(text::trim(text.substr(slash + 1)));
    if (!count || *count == 0 || *count > most || !time) return std::nullopt;
    return Rate{*count, *time};
}

}  // namespace postrider::hooks
