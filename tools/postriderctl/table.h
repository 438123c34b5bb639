#pragma once

#include "server/queue/queue_reader.h"

#include <ostream>

namespace postrider::ctl {

/// Columns under each other, two blanks between; every value on one line, made printable.
void printTable(std::ostream& out, const queue::QueueTable& table);

/// One "column  value" a line, for a row that is too wide; empty values are left out.
void printRecord(std::ostream& out, const std::vector<std::string>& columns,
                 const std::vector<std::string>& row);

}  // namespace postrider::ctl
