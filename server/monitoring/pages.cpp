#include "server/monitoring/pages.h"

#include "server/monitoring/html.h"

namespace postrider::monitoring {

namespace {

Html paragraph(std::string_view text) {
    return Html::markup("<p>") + Html::text(text) + Html::markup("</p>\n");
}

/// A value that the story can be asked for.
Html asked(std::string_view value) {
    return Html::link("/explain", value, value);
}

/// How many rows there are; a full page may not be all.
Html countOf(std::size_t rows, std::string_view noun) {
    std::string text = std::to_string(rows) + " " + std::string{noun};
    if (rows >= rowsPerPage) text = "The oldest " + text + "; there may be more";
    return paragraph(text + ".");
}

}  // namespace

std::string dashboardPage(bool well, const std::vector<KeyFigure>& figures) {
    Html body = Html::markup("<p>Health: ");
    body += Html::link("/healthz", "", well ? "ok" : "failing") + Html::markup("</p>\n");
    std::vector<std::vector<Html>> rows;
    rows.reserve(figures.size());
    for (const auto& figure : figures)
        rows.push_back({Html::text(figure.label), Html::text(figure.value)});
    body += tableOf({"Figure", "Now"}, rows);
    return documentOf("Overview", body);
}

std::string queuePage(const std::vector<QueueRow>& rows) {
    std::vector<std::vector<Html>> cells;
    cells.reserve(rows.size());
    for (const auto& row : rows) {
        cells.push_back(
            {asked(row.queueId), Html::text(row.receivedAt), Html::text(std::to_string(row.size)),
             Html::text(row.from.empty() ? "<>" : row.from), asked(row.to), Html::text(row.state),
             Html::text(row.destination), Html::text(std::to_string(row.attempts)),
             Html::text(row.nextAttemptAt), Html::text(row.lastDiagnostic)});
    }
    return documentOf("Queue", countOf(rows.size(), "recipients wait") +
                                   tableOf({"Queue id", "Received", "Octets", "Reverse-path",
                                            "Recipient", "State", "Destination", "Attempts",
                                            "Next attempt", "Last diagnostic"},
                                           cells));
}

std::string sessionsPage(const std::vector<SessionRow>& rows) {
    std::vector<std::vector<Html>> cells;
    cells.reserve(rows.size());
    for (const auto& row : rows) {
        cells.push_back({asked(row.id), Html::text(row.client), Html::text(row.listener),
                         Html::text(row.since), Html::text(row.tls), Html::text(row.user),
                         Html::text(row.doing)});
    }
    return documentOf(
        "Sessions",
        countOf(rows.size(), "sessions are open") +
            tableOf({"Session", "Client", "Listener", "Since", "TLS", "User", "Doing"}, cells));
}

std::string explainPage(std::string_view subject, std::string_view story) {
    Html body = Html::markup(
        "<form action=\"/explain\" method=\"get\"><label>Queue id, session id, mailbox or IP"
        " address <input name=\"about\" maxlength=\"320\" value=\"");
    body += Html::text(subject);
    body += Html::markup("\"></label> <button>Explain</button></form>\n");
    if (!story.empty())
        body += Html::markup("<pre>") + Html::lines(story) + Html::markup("</pre>\n");
    return documentOf("What happened", body);
}

std::string problemPage(std::string_view title, std::string_view sentence) {
    return documentOf(title, paragraph(sentence));
}

std::string_view styleSheet() {
    return R"(:root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.4 }
body { margin: 0 auto; max-width: 90rem; padding: 1rem }
nav a { margin-right: 1rem }
nav { border-bottom: 1px solid; padding-bottom: .5rem }
main { overflow-x: auto }
table { border-collapse: collapse; font-size: .9rem }
th, td { border-bottom: 1px solid; padding: .3rem .8rem .3rem 0; text-align: left; vertical-align: top }
pre { white-space: pre-wrap; overflow-wrap: anywhere }
)";
}

}  // namespace postrider::monitoring
