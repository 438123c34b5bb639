#pragma once

#include "common/base/file_watch.h"

namespace postrider::test {

/// A change counts at the first look: for tests that write whole files.
inline constexpr Patience noPatience{.changed = std::chrono::milliseconds{0},
                                     .shorter = std::chrono::milliseconds{0},
                                     .emptied = std::chrono::milliseconds{0}};

}  // namespace postrider::test
