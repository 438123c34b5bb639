#pragma once

#include <string>
#include <string_view>

namespace postrider::routing {

/// How spellings of one local user's name are made one: `al.ice+lists` is `alice` for separators
/// `+` and dropped characters `.`. Works on canonical names. Immutable.
struct NameRules {
    std::string separators = "+";  ///< each character of it begins a suffix
    std::string drop = ".";        ///< each character of it is ignored before the suffix

    /// Without its suffix: cut before the first separator. A name is never made empty.
    [[nodiscard]] std::string_view withoutSuffix(std::string_view name) const;
    /// Without the dropped characters; those in the suffix stay. A name is never made empty.
    [[nodiscard]] std::string withoutDropped(std::string_view name) const;
};

}  // namespace postrider::routing
