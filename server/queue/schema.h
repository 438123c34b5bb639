#pragma once

#include "common/storage/sqlite.h"

#include <span>

namespace postrider::queue {

/// The steps that lead to the present schema of queue.db; their text is in schema/.
[[nodiscard]] std::span<const storage::Migration> queueMigrations();

}  // namespace postrider::queue
