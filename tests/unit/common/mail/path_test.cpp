#include "common/mail/path.h"

#include <doctest/doctest.h>
#include <string>

namespace postrider::mail {

using namespace std::string_literals;

TEST_CASE("a reverse-path is a mailbox in brackets, or null (S-017, S-018)") {
    CHECK(ReversePath::parse("<>")->isNull());
    CHECK(ReversePath::parse("<>")->mailbox() == nullptr);
    CHECK(ReversePath::parse("<>")->toString().empty());
    CHECK(*ReversePath::parse("<>") == ReversePath{});
    CHECK(ReversePath::parse("<Alice@Example.org>")->toString() == "Alice@example.org");
    CHECK_FALSE(ReversePath::parse("<Alice@Example.org>")->isNull());
    CHECK(ReversePath::parse("<\"a>b\"@example.org>")->toString() == "\"a>b\"@example.org");
}

TEST_CASE("a source route is understood and thrown away (RFC 5321 appendix C, S-021)") {
    CHECK(ReversePath::parse("<@x.example:a@example.org>")->toString() == "a@example.org");
    CHECK(ForwardPath::parse("<@x.example,@y.example:a@example.org>")->toString() ==
          "a@example.org");
    for (const std::string bad :
         {"<@x.example>", "<@x.example:>", "<@:a@example.org>", "<@x..y:a@example.org>",
          "<x.example:a@example.org>", "<@x.example,:a@example.org>",
          "<@x.example y:a@example.org>", "<@x.example:@y.example:a@example.org>",
          "<@x.example:postmaster>"}) {
        CAPTURE(bad);
        CHECK_FALSE(ForwardPath::parse(bad).has_value());
        CHECK_FALSE(ReversePath::parse(bad).has_value());
    }
}

TEST_CASE("a path in a command says why it is refused (S-018, S-019)") {
    struct Case {
        std::string text;
        PathError why;
    };
    const Case cases[] = {
        {"", PathError::Syntax},
        {"<", PathError::Syntax},
        {">", PathError::Syntax},
        {"a@example.org", PathError::Syntax},
        {"<a@example.org", PathError::Syntax},
        {"a@example.org>", PathError::Syntax},
        {" <a@example.org>", PathError::Syntax},
        {"<alice>", PathError::Syntax},
        {"<a@example.org> <b@example.org>", PathError::BadDomain},
        {"< a@example.org>", PathError::BadLocalpart},
        {"<a..b@example.org>", PathError::BadLocalpart},
        {"<<a@example.org>>", PathError::BadLocalpart},
        {"<a@-x>", PathError::BadDomain},
        {"<a@example.org\0>"s, PathError::BadDomain},
        {"<a@" + std::string(4096, 'x') + ">", PathError::TooLong},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text.substr(0, 80));
        const auto reverse = ReversePath::parse(c.text);
        const auto forward = ForwardPath::parse(c.text);
        REQUIRE_FALSE(reverse.has_value());
        REQUIRE_FALSE(forward.has_value());
        CHECK(reverse.error() == c.why);
        CHECK(forward.error() == c.why);
        CHECK_FALSE(describe(c.why).empty());
    }
    CHECK(ForwardPath::parse("<>").error() == PathError::NullNotAllowed);
    CHECK(ReversePath::parse("<postmaster>").error() == PathError::Syntax);
}

TEST_CASE("the bare postmaster is a forward-path in any case (RFC 5321 4.5.1, S-020)") {
    for (const std::string text : {"<Postmaster>", "<postmaster>", "<POSTMASTER>"}) {
        CAPTURE(text);
        const auto path = ForwardPath::parse(text);
        REQUIRE(path);
        CHECK(path->isBarePostmaster());
        CHECK(path->mailbox() == nullptr);
        CHECK(path->toString() == "postmaster");
        CHECK(*path == ForwardPath::barePostmaster());
    }
    CHECK_FALSE(ForwardPath::parse("<postmaster@example.org>")->isBarePostmaster());
}

TEST_CASE("a stored path comes back as it was") {
    for (const std::string text : {"", "a@example.org", "\"a b\"@example.org", "a@[192.0.2.1]"}) {
        CAPTURE(text);
        const auto path = ReversePath::fromString(text);
        REQUIRE(path);
        CHECK(path->toString() == text);
        CHECK(path->isNull() == text.empty());
    }
    CHECK(ForwardPath::fromString("postmaster")->isBarePostmaster());
    CHECK(ForwardPath::fromString("a@example.org")->mailbox() != nullptr);
    for (const std::string bad : {"<a@example.org>", "a", "<>", "a@b@c"}) {
        CAPTURE(bad);
        CHECK_FALSE(ReversePath::fromString(bad).has_value());
        CHECK_FALSE(ForwardPath::fromString(bad).has_value());
    }
    CHECK_FALSE(ForwardPath::fromString("").has_value());
    CHECK_FALSE(ReversePath::fromString("postmaster").has_value());
}

}  // namespace postrider::mail
