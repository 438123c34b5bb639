#include "server/monitoring/html.h"

#include <doctest.h>
#include <string>
#include <vector>

namespace postrider::monitoring {

TEST_CASE("text cannot leave its place in the page") {
    struct Case {
        std::string text;
        std::string html;
    };
    for (const auto& c :
         std::vector<Case>{{"<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"},
                           {"\" onmouseover='x'", "&quot; onmouseover=&#39;x&#39;"},
                           {"a & b", "a &amp; b"},
                           {"j\u00fcrgen", "j\u00fcrgen"},
                           {"", ""}}) {
        CAPTURE(c.text);
        CHECK(Html::text(c.text).octets() == c.html);
    }
    const std::string hostile{"a\0b\xff\x1b", 5};
    for (const char c : Html::text(hostile).octets())
        CHECK((c >= 0x20 && c < 0x7f));
}

TEST_CASE("a link carries its value percent-encoded and its label escaped (RFC 3986 2.1)") {
    CHECK(Html::link("/explain", "a+b&c=<d>@x y", "<a>").octets() ==
          "<a href=\"/explain?about=a%2Bb%26c%3D%3Cd%3E%40x%20y\">&lt;a&gt;</a>");
    CHECK(Html::link("/healthz", "", "ok").octets() == "<a href=\"/healthz\">ok</a>");
}

TEST_CASE("lines keep their ends and are escaped one by one") {
    CHECK(Html::lines("a\n\n<b>\n").octets() == "a\n\n&lt;b&gt;\n");
    CHECK(Html::lines("\na").octets() == "\na");
}

TEST_CASE("a table has a cell for each value") {
    const auto table = tableOf({"A", "B<"}, {{Html::text("1"), Html::text("<2>")}});
    CHECK(table.octets() ==
          "<table>\n<thead><tr><th scope=\"col\">A</th><th scope=\"col\">B&lt;</th></tr></thead>\n"
          "<tbody>\n<tr><td>1</td><td>&lt;2&gt;</td></tr>\n</tbody>\n</table>\n");
}

TEST_CASE("a document has no script and no inline style, and escapes its title") {
    const std::string page = documentOf("<t>", Html::text("x"));
    CHECK(page.starts_with("<!DOCTYPE html>"));
    CHECK(page.find("<title>&lt;t&gt; - postrider</title>") != std::string::npos);
    for (const std::string part : {"<script", "style=", "<style", "javascript:", "<t>"})
        CHECK(page.find(part) == std::string::npos);
}

}  // namespace postrider::monitoring
