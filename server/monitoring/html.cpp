#include "server/monitoring/html.h"

#include "common/base/text.h"

namespace postrider::monitoring {

namespace {

constexpr std::size_t textLimit = 4096;

std::string escaped(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#39;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

/// RFC 3986 section 2.1: everything but the unreserved characters.
std::string percentEncoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (text::isAlnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
            out += c;
        } else {
            out.append("%").append(text::upper(text::toHex({&c, 1})));
        }
    }
    return out;
}

}  // namespace

Html Html::text(std::string_view octets) {
    return Html{escaped(text::printable(octets, textLimit))};
}

Html Html::lines(std::string_view octets) {
    Html all;
    for (const auto line : text::split(octets, '\n'))
        all += text(line) + markup("\n");
    all.octets_.pop_back();
    return all;
}

Html Html::link(std::string_view path, std::string_view about, std::string_view label) {
    std::string target{path};
    if (!about.empty()) target += "?about=" + percentEncoded(about);
    return Html{"<a href=\"" + escaped(target) + "\">"} + text(label) + markup("</a>");
}

Html tableOf(const std::vector<std::string>& headings, const std::vector<std::vector<Html>>& rows) {
    Html table = Html::markup("<table>\n<thead><tr>");
    for (const auto& heading : headings)
        table += Html::markup("<th scope=\"col\">") + Html::text(heading) + Html::markup("</th>");
    table += Html::markup("</tr></thead>\n<tbody>\n");
    for (const auto& row : rows) {
        table += Html::markup("<tr>");
        for (const auto& cell : row)
            table += Html::markup("<td>") + cell + Html::markup("</td>");
        table += Html::markup("</tr>\n");
    }
    return table + Html::markup("</tbody>\n</table>\n");
}

std::string documentOf(std::string_view title, const Html& body) {
    Html page = Html::markup(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
    page += Html::text(title);
    page += Html::markup(
        " - postrider</title>\n<link rel=\"stylesheet\" href=\"/style.css\">\n</head>\n<body>\n"
        "<nav><a href=\"/\">postrider</a> <a href=\"/queue\">queue</a>"
        " <a href=\"/sessions\">sessions</a> <a href=\"/explain\">explain</a>"
        " <a href=\"/healthz\">health</a> <a href=\"/metrics\">metrics</a></nav>\n<main>\n<h1>");
    page += Html::text(title) + Html::markup("</h1>\n") + body;
    page += Html::markup("</main>\n</body>\n</html>\n");
    return std::move(page).octets();
}

}  // namespace postrider::monitoring
