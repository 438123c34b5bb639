#include "tools/postriderctl/table.h"

#include "common/base/text.h"

#include <algorithm>
#include <string>
#include <vector>

namespace postrider::ctl {

namespace {

void printRow(std::ostream& out, const std::vector<std::string>& row,
              const std::vector<std::size_t>& widths) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
        const std::string value = text::printable(row[i]);
        line += value;
        if (i + 1 < row.size()) line.append(widths[i] - std::min(widths[i], value.size()) + 2, ' ');
    }
    out << text::trimRight(line) << "\n";
}

}  // namespace

void printTable(std::ostream& out, const queue::QueueTable& table) {
    std::vector<std::size_t> widths;
    for (const auto& column : table.columns)
        widths.push_back(column.size());
    for (const auto& row : table.rows) {
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], text::printable(row[i]).size());
    }
    printRow(out, table.columns, widths);
    for (const auto& row : table.rows)
        printRow(out, row, widths);
}

void printRecord(std::ostream& out, const std::vector<std::string>& columns,
                 const std::vector<std::string>& row) {
    std::size_t width = 0;
    for (const auto& column : columns)
        width = std::max(width, column.size());
    for (std::size_t i = 0; i < row.size(); ++i) {
        if (!row[i].empty()) printRow(out, {columns[i], row[i]}, {width, 0});
    }
}

}  // namespace postrider::ctl
