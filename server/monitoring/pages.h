#pragma once

#include "server/monitoring/ports.h"

#include <string>
#include <string_view>
#include <vector>

/// The HTML pages as functions of what they show; each returns a whole document.
namespace postrider::monitoring {

/// More rows than this are not shown on one page.
inline constexpr std::size_t rowsPerPage = 500;

[[nodiscard]] std::string dashboardPage(bool well, const std::vector<KeyFigure>& figures);
[[nodiscard]] std::string queuePage(const std::vector<QueueRow>& rows);
[[nodiscard]] std::string sessionsPage(const std::vector<SessionRow>& rows);
/// `subject` and `story` are empty when nothing was asked yet.
[[nodiscard]] std::string explainPage(std::string_view subject, std::string_view story);
/// For answers that are no page: 404, 405, 500 ...
[[nodiscard]] std::string problemPage(std::string_view title, std::string_view sentence);
[[nodiscard]] std::string_view styleSheet();

}  // namespace postrider::monitoring
