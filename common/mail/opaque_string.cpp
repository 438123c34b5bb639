#include "common/mail/opaque_string.h"

#include "common/base/text.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>
#include <vector>

namespace postrider::mail {

namespace {

/// Longer than any hash function of ours takes.
constexpr std::size_t passwordLimit = 4096;

/// What the FreeformClass disallows (RFC 8264 section 4.3).
bool isDisallowed(ucs4_t c) {
    return uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Cc | UC_CATEGORY_MASK_Cn) ||
           uc_is_property(c, UC_PROPERTY_NOT_A_CHARACTER) ||
           uc_is_property(c, UC_PROPERTY_DEFAULT_IGNORABLE_CODE_POINT);
}

bool isSpace(ucs4_t c) {
    return uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Zs);
}

struct Free {
    void operator()(void* memory) const { std::free(memory); }  // NOLINT: the C library's malloc
};

}  // namespace

std::optional<std::string> opaqueString(std::string_view password) {
    if (password.empty() || password.size() > passwordLimit) return std::nullopt;
    if (text::hasControl(password) || !text::isUtf8(password)) return std::nullopt;
    if (text::isAscii(password)) return std::string{password};

    std::vector<std::uint32_t> points(password.size());
    std::size_t count = points.size();
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the C library's octets
    const auto* octets = reinterpret_cast<const std::uint8_t*>(password.data());
    if (u8_to_u32(octets, password.size(), points.data(), &count) != points.data()) {
        return std::nullopt;
    }
    points.resize(count);
    if (std::any_of(points.begin(), points.end(), isDisallowed)) return std::nullopt;
    std::replace_if(points.begin(), points.end(), isSpace, ucs4_t{' '});

    std::size_t length = 0;
    const std::unique_ptr<std::uint32_t, Free> normal{
        u32_normalize(UNINORM_NFC, points.data(), points.size(), nullptr, &length)};
    if (!normal) return std::nullopt;
    std::size_t size = 0;
    const std::unique_ptr<std::uint8_t, Free> utf8{u32_to_u8(normal.get(), length, nullptr, &size)};
    if (!utf8) return std::nullopt;
    return std::string{utf8.get(), utf8.get() + size};
}

}  // namespace postrider::mail
