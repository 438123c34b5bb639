#include "server/monitoring/site.h"

#include "common/base/text.h"
#include "server/monitoring/health.h"
#include "server/monitoring/pages.h"

#include <array>
#include <charconv>
#include <optional>

namespace postrider::monitoring {

namespace {

constexpr std::size_t subjectLimit = 320;

Answer page(std::string document) {
    return {200, "text/html; charset=utf-8", std::move(document)};
}

std::optional<char> octetOf(std::string_view hex) {
    unsigned value = 0;
    const char* const end = hex.data() + hex.size();
    const auto read = std::from_chars(hex.data(), end, value, 16);
    if (hex.size() != 2 || read.ec != std::errc{} || read.ptr != end) return std::nullopt;
    return static_cast<char>(static_cast<unsigned char>(value));
}

/// As forms send it: `+` is a space, %NN an octet; a broken %NN stays as it is.
std::string formDecoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto octet = text[i] == '%' ? octetOf(text.substr(i + 1, 2)) : std::nullopt;
        if (octet) {
            out += *octet;
            i += 2;
        } else {
            out += text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

std::string parameter(std::string_view query, std::string_view name) {
    for (const auto field : text::split(query, '&')) {
        const std::size_t equals = field.find('=');
        if (equals != std::string_view::npos && field.substr(0, equals) == name)
            return formDecoded(field.substr(equals + 1));
    }
    return {};
}

struct Problem {
    int status;
    std::string_view title;
    std::string_view sentence;
};
constexpr std::array problems{
    Problem{403, "Forbidden",
            "This server answers only to requests for an IP address or localhost, so that no web"
            " page elsewhere can read it through a browser."},
    Problem{404, "Not found", "There is no such page."},
    Problem{405, "Method not allowed", "Only GET and HEAD: nothing is changed from here."},
    Problem{500, "Failed", "The page could not be made; the log says why."},
};

}  // namespace

Answer Site::problem(int status) {
    for (const auto& known : problems) {
        if (known.status == status)
            return {status, "text/html; charset=utf-8", problemPage(known.title, known.sentence)};
    }
    return {status, "text/plain; charset=utf-8", std::to_string(status) + "\n"};
}

Answer Site::answer(std::string_view target) const {
    const std::size_t mark = std::min(target.find('?'), target.size());
    const std::string_view path = target.substr(0, mark);
    const std::string_view query = target.substr(std::min(mark + 1, target.size()));

    if (path == "/") return dashboard();
    if (path == "/healthz") return healthz();
    if (path == "/metrics") {
        return {200, "application/openmetrics-text; version=1.0.0; charset=utf-8",
                ports_.metrics.openMetrics()};
    }
    if (path == "/queue" && ports_.queue) return page(queuePage(ports_.queue(rowsPerPage)));
    if (path == "/sessions" && ports_.sessions)
        return page(sessionsPage(ports_.sessions(rowsPerPage)));
    if (path == "/explain" && ports_.explain) return explain(query);
    if (path == "/style.css") return {200, "text/css; charset=utf-8", std::string{styleSheet()}};
    return problem(404);
}

Answer Site::dashboard() const {
    const auto figures = ports_.figures ? ports_.figures() : std::vector<KeyFigure>{};
    return page(dashboardPage(examine(ports_.health).well, figures));
}

Answer Site::healthz() const {
    Health health = examine(ports_.health);
    return {health.well ? 200 : 503, "text/plain; charset=utf-8", std::move(health.text)};
}

Answer Site::explain(std::string_view query) const {
    const std::string subject = parameter(query, "about").substr(0, subjectLimit);
    return page(explainPage(subject, subject.empty() ? std::string{} : ports_.explain(subject)));
}

}  // namespace postrider::monitoring
