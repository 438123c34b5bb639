#include "server/queue/schema.h"

#include <array>

namespace postrider::queue {

namespace {

constexpr std::string_view schema1 =
#include "server/queue/schema/0001.sql.inc"
    ;

constexpr std::string_view schema2 =
#include "server/queue/schema/0002.sql.inc"
    ;

constexpr std::string_view schema3 =
#include "server/queue/schema/0003.sql.inc"
    ;

constexpr std::array migrations{storage::Migration{1, schema1}, storage::Migration{2, schema2},
                                storage::Migration{3, schema3}};

}  // namespace

std::span<const storage::Migration> queueMigrations() {
    return migrations;
}

}  // namespace postrider::queue
