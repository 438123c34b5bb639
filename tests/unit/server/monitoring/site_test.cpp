#include "server/monitoring/site.h"

#include <doctest.h>
#include <stdexcept>
#include <string>
#include <vector>

namespace postrider::monitoring {

namespace {

struct World {
    Metrics metrics;
    NullLog log;
    std::string problem;

    [[nodiscard]] MonitoringPorts ports() {
        return {.metrics = metrics,
                .log = log,
                .health = {{"queue", [this] { return problem; }}},
                .figures =
                    [] {
                        return std::vector<KeyFigure>{{"Waiting", "17"}};
                    },
                .queue =
                    [](std::size_t limit) {
                        QueueRow row;
                        row.queueId = "0queue00000001";
                        row.receivedAt = "2026-11-21T12:00:00Z";
                        row.to = "<b>@example.net";
                        row.state = "pending";
                        row.lastDiagnostic = "451 <script>";
                        return std::vector<QueueRow>(std::min<std::size_t>(limit, 2), row);
                    },
                .sessions =
                    [](std::size_t /*limit*/) {
                        SessionRow row;
                        row.id = "0session000001";
                        row.client = "192.0.2.1:4711";
                        row.doing = "RCPT";
                        return std::vector<SessionRow>{row};
                    },
                .explain =
                    [](std::string_view subject) {
                        return "told about " + std::string{subject} + "\n<line>\n";
                    }};
    }
    [[nodiscard]] Answer get(std::string_view target) { return Site{ports()}.answer(target); }
};

bool has(const Answer& answer, std::string_view part) {
    return answer.body.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("each path answers with its own content type; unknown ones are 404") {
    struct Case {
        std::string target;
        int status;
        std::string type;
    };
    World world;
    for (const auto& c : std::vector<Case>{
             {"/", 200, "text/html; charset=utf-8"},
             {"/healthz", 200, "text/plain; charset=utf-8"},
             {"/healthz?x=1", 200, "text/plain; charset=utf-8"},
             {"/metrics", 200, "application/openmetrics-text; version=1.0.0; charset=utf-8"},
             {"/queue", 200, "text/html; charset=utf-8"},
             {"/sessions", 200, "text/html; charset=utf-8"},
             {"/explain", 200, "text/html; charset=utf-8"},
             {"/style.css", 200, "text/css; charset=utf-8"},
             {"/queue/", 404, "text/html; charset=utf-8"},
             {"/../etc/passwd", 404, "text/html; charset=utf-8"},
             {"//", 404, "text/html; charset=utf-8"},
             {"", 404, "text/html; charset=utf-8"},
             {"http://127.0.0.1/", 404, "text/html; charset=utf-8"}}) {
        CAPTURE(c.target);
        const Answer answer = world.get(c.target);
        CHECK(answer.status == c.status);
        CHECK(answer.contentType == c.type);
        CHECK_FALSE(answer.body.empty());
    }
}

TEST_CASE("health decides between 200 and 503, and the reason is in the text") {
    World world;
    CHECK(world.get("/healthz").body == "ok\nqueue: ok\n");
    CHECK(has(world.get("/"), ">ok</a>"));
    world.problem = "the disk is full";
    CHECK(world.get("/healthz").status == 503);
    CHECK(world.get("/healthz").body == "failing\nqueue: the disk is full\n");
    CHECK(has(world.get("/"), ">failing</a>"));
}

TEST_CASE("the pages show their rows, escaped, with links to the story") {
    World world;
    const Answer queue = world.get("/queue");
    CHECK(has(queue, "2 recipients wait."));
    CHECK(has(queue, "<a href=\"/explain?about=0queue00000001\">0queue00000001</a>"));
    CHECK(has(queue, "&lt;b&gt;@example.net"));
    CHECK(has(queue, "<td>&lt;&gt;</td>"));
    CHECK(has(queue, "451 &lt;script&gt;"));
    CHECK_FALSE(has(queue, "<script"));
    CHECK(has(world.get("/sessions"), "<td>192.0.2.1:4711</td>"));
    CHECK(has(world.get("/"), "<td>Waiting</td><td>17</td>"));
}

TEST_CASE("a page that is full says that there may be more") {
    World world;
    MonitoringPorts ports = world.ports();
    ports.queue = [](std::size_t limit) { return std::vector<QueueRow>(limit); };
    CHECK(has(Site{ports}.answer("/queue"), "The oldest 500 recipients wait; there may be more."));
}

TEST_CASE("explain asks about the decoded value and shows the story as text") {
    World world;
    const Answer answer = world.get("/explain?x=1&about=a%2Bb%40example.test+%zz");
    CHECK(has(answer, "<pre>told about a+b@example.test %zz\n&lt;line&gt;\n</pre>"));
    CHECK(has(answer, "value=\"a+b@example.test %zz\""));
    CHECK_FALSE(has(world.get("/explain"), "<pre>"));
    CHECK_FALSE(has(world.get("/explain?about="), "<pre>"));
    CHECK(
        has(world.get("/explain?about=%22%3E%3Cscript%3E"), "value=\"&quot;&gt;&lt;script&gt;\""));
    CHECK(world.get("/explain?about=" + std::string(16'000, 'a')).body.size() < 4000);
}

TEST_CASE("a page without its port does not exist, and the dashboard does without figures") {
    World world;
    const Site bare{{.metrics = world.metrics, .log = world.log, .health = {}}};
    for (const std::string path : {"/queue", "/sessions", "/explain"})
        CHECK(bare.answer(path).status == 404);
    CHECK(bare.answer("/").status == 200);
    CHECK(bare.answer("/healthz").body == "ok\n");
}

}  // namespace postrider::monitoring
