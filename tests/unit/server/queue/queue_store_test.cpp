#include "server/queue/queue_store.h"

#include "server/queue/spool.h"
#include "tests/unit/server/queue/queue_setting.h"

#include <algorithm>
#include <csignal>
#include <doctest/doctest.h>
#include <optional>
#include <string>
#include <sys/resource.h>
#include <system_error>
#include <thread>

namespace postrider::queue {

using postrider::test::octetsOf;
using postrider::test::QueueSetting;

namespace {

/// A body in the spool, released to the queue.
mail::MessageContent spooled(const QueueSetting& setting, const std::string& name,
                             const std::string& octets) {
    SpoolWriter writer{setting.folder / "spool", 10, name};
    REQUIRE(writer.write(octets));
    const auto content = writer.finish();
    REQUIRE(content);
    writer.release();
    return content->withPrepended("Received: x\r\n");
}

}  // namespace

TEST_CASE("a message comes back as it went in, also after a restart") {
    QueueSetting setting;
    auto message =
        setting.message({"bob@example.org", "postmaster", "\"j d\"@xn--bcher-kva.example"});
    message.parameters = {.size = 5,
                          .body = mail::BodyType::EightBitMime,
                          .smtputf8 = true,
                          .requireTls = true,
                          .ret = mail::Ret::Headers,
                          .envid = "id;with 'quotes'"};
    message.recipients[0].parameters.notify = std::set<mail::NotifyOn>{};
    message.recipients[1].parameters.notify =
        std::set{mail::NotifyOn::Success, mail::NotifyOn::Delay};
    message.recipients[1].parameters.orcpt = mail::OriginalRecipient{"rfc822", "x@y.example"};
    message.recipients[2].final = mail::ForwardPath::fromString("other@example.net").value();
    REQUIRE(setting.put(message));
    setting.reopen();

    const auto stored = setting.store->load(message.id);
    REQUIRE(stored);
    CHECK(stored->reversePath == message.reversePath);
    CHECK(stored->receivedAt == message.receivedAt);
    CHECK(stored->expiresAt == message.expiresAt);
    CHECK((stored->parameters.body == mail::BodyType::EightBitMime));
    CHECK(stored->parameters.smtputf8);
    CHECK(stored->parameters.requireTls);
    CHECK((stored->parameters.ret == mail::Ret::Headers));
    CHECK(stored->parameters.envid == "id;with 'quotes'");
    CHECK(octetsOf(stored->content) == "Received: x\r\nSubject: hello\r\n\r\nworld\r\n");
    CHECK(stored->content.prepended() == "Received: x\r\n");

    const auto due = setting.due();
    REQUIRE(due.size() == 3);
    for (const DueRecipient& recipient : due) {
        const auto& given =
            *std::ranges::find(message.recipients, recipient.original, &NewRecipient::original);
        CAPTURE(recipient.original.toString());
        CHECK(recipient.id == message.id);
        CHECK(recipient.final == given.final);
        CHECK(recipient.courier == "smtp");
        CHECK(recipient.nextHop == given.nextHop);
        CHECK(recipient.attempts == 0);
        CHECK((recipient.parameters.notify == given.parameters.notify));
        CHECK(recipient.parameters.orcpt.has_value() == given.parameters.orcpt.has_value());
    }
}

TEST_CASE("a null reverse-path and an empty body stay what they are") {
    QueueSetting setting;
    auto message = setting.message({"bob@example.org"}, "");
    message.reversePath = {};
    message.listener = "dsn";
    REQUIRE(setting.put(message));
    const auto stored = setting.store->load(message.id);
    REQUIRE(stored);
    CHECK(stored->reversePath.isNull());
    CHECK(stored->content.bodySize() == 0);
    CHECK(setting.text("SELECT sender FROM queue") == "<>");
}

TEST_CASE("content of any octets is stored as it is") {
    QueueSetting setting;
    std::string octets;
    for (int i = 0; i < 3000; ++i)
        octets += static_cast<char>(i);
    const auto message = setting.message({"bob@example.org"}, octets);
    REQUIRE(setting.put(message));
    CHECK(octetsOf(setting.store->load(message.id)->content) == "Received: x\r\n" + octets);
}

TEST_CASE("large content is a file named by the row, deleted with the last settled recipient") {
    QueueSetting setting;
    auto message = setting.message({"bob@example.org", "eve@example.net"});
    const std::string octets(300'000, 'x');
    const std::string name = message.id.toString();
    message.content = spooled(setting, name, octets);
    REQUIRE(setting.put(message));
    CHECK(setting.text("SELECT spool_name FROM content") == name);
    CHECK(setting.number("SELECT length(xxh64) FROM content WHERE octets IS NULL") == 16);

    const auto stored = setting.store->load(message.id);
    REQUIRE(stored);
    CHECK(stored->content.bodyInMemory() == nullptr);
    CHECK(octetsOf(stored->content) == "Received: x\r\n" + octets);

    const auto due = setting.due();
    REQUIRE(setting.settle(due[0], RecipientState::Delivered));
    CHECK(std::filesystem::exists(setting.folder / "spool" / name));
    REQUIRE(setting.settle(due[1], RecipientState::Delivered));
    CHECK_FALSE(std::filesystem::exists(setting.folder / "spool" / name));
    CHECK_FALSE(setting.store->load(message.id));
}

TEST_CASE("a spool file that was damaged or lost is never handed out") {
    QueueSetting setting;
    auto message = setting.message();
    message.content = spooled(setting, "abc", std::string(1000, 'x'));
    REQUIRE(setting.put(message));
    SUBCASE("one octet is another") {
        setting.folder.write("spool/abc", std::string(999, 'x') + "y");
    }
    SUBCASE("it is shorter") {
        setting.folder.write("spool/abc", std::string(999, 'x'));
    }
    SUBCASE("it is gone") {
        std::filesystem::remove(setting.folder / "spool/abc");
    }
    CHECK_THROWS_AS((void)setting.store->load(message.id), std::runtime_error);
}

TEST_CASE("a file from outside the spool, a missing one, or no recipient at all is refused") {
    QueueSetting setting;
    auto message = setting.message();
    SUBCASE("outside") {
        message.content =
            mail::MessageContent::fromFile(setting.folder.write("elsewhere", "octets"), 6);
    }
    SUBCASE("missing") {
        message.content = mail::MessageContent::fromFile(setting.folder / "spool" / "none", 6);
    }
    SUBCASE("nobody") {
        message.recipients.clear();
    }
    const auto put = setting.store->put(message);
    REQUIRE_FALSE(put);
    CHECK(put.error().kind == StoreError::Kind::Broken);
    CHECK(setting.number("SELECT count(*) FROM message") == 0);
    CHECK(setting.store->totals().messages == 0);
}

TEST_CASE("a queue id is taken once") {
    QueueSetting setting;
    const auto message = setting.message();
    REQUIRE(setting.put(message));
    const auto again = setting.store->put(message);
    REQUIRE_FALSE(again);
    CHECK(again.error().kind == StoreError::Kind::Broken);
    CHECK(setting.number("SELECT count(*) FROM recipient") == 1);
    CHECK(setting.store->totals().messages == 1);
}

TEST_CASE("queue.max_messages counts unfinished messages, also those found at start") {
    QueueSetting setting{2};
    REQUIRE(setting.put(setting.message()));
    REQUIRE(setting.put(setting.message()));
    setting.reopen();
    const auto refused = setting.store->put(setting.message());
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == StoreError::Kind::TooManyMessages);
    REQUIRE(setting.settle(setting.due().front(), RecipientState::Delivered));
    CHECK(setting.put(setting.message()));
    CHECK_FALSE(setting.put(setting.message()));
}

TEST_CASE("hostile text in every field is text, and the database stays whole") {
    QueueSetting setting;
    using namespace std::string_literals;
    const std::string cases[] = {
        "'; DROP TABLE message; --"s, "%_%\\\"''"s, "a\0b"s, "\xff\xfe\xc3"s, "\r\n250 ok\x1b[2J"s,
        std::string(70'000, '\'')};
    for (const std::string& text : cases) {
        CAPTURE(text.size());
        auto message = setting.message({"\"'; --\"@example.org"}, text);
        message.ehlo = message.authUser = message.originIp = message.sessionId = text;
        message.parameters.envid = text;
        message.recipients[0].courier = text;
        message.recipients[0].nextHop = text;
        message.recipients[0].parameters.orcpt = mail::OriginalRecipient{text, text};
        REQUIRE(setting.put(message));
        CHECK(setting.store->load(message.id)->parameters.envid == text);
        const auto due = setting.due();
        REQUIRE(due.size() == 1);
        CHECK(due[0].courier == text);
        CHECK(due[0].nextHop == text);
        CHECK(due[0].parameters.orcpt->address == text);
        auto outcome = setting.outcome(due[0], RecipientState::Failed);
        outcome.diagnostic = outcome.remoteMta = text;
        REQUIRE(setting.store->settle({.id = message.id, .outcomes = {outcome}, .dsn = {}}));
    }
    CHECK(setting.number("SELECT count(*) FROM message") == 6);
    CHECK(setting.number("SELECT count(*) FROM queue_attempts") == 6);
    CHECK(setting.number("SELECT max(length(diagnostic)) FROM queue_attempts") <= 1027);
    CHECK(setting.number("SELECT count(*) FROM attempt WHERE instr(diagnostic, char(27))") == 0);
    CHECK(setting.text("PRAGMA integrity_check") == "ok");
}

TEST_CASE("a full disk is Full, nothing of the message is stored, and it is got over") {
    QueueSetting setting;
    REQUIRE(setting.put(setting.message()));
    auto message = setting.message({"bob@example.org"}, std::string(60'000, 'x'));
    std::optional<Result<Done, StoreError>> put;
    {
        const auto handler = std::signal(SIGXFSZ, SIG_IGN);
        rlimit before{};
        ::getrlimit(RLIMIT_FSIZE, &before);
        const rlimit full{4096, before.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &full);
        put = setting.store->put(message);
        ::setrlimit(RLIMIT_FSIZE, &before);
        std::signal(SIGXFSZ, handler);
    }
    REQUIRE_FALSE(*put);
    CHECK(put->error().kind == StoreError::Kind::Full);
    CHECK(setting.number("SELECT count(*) FROM message") == 1);
    CHECK(setting.store->totals().messages == 1);
    CHECK(setting.put(message));
    CHECK(setting.text("PRAGMA integrity_check") == "ok");
}

TEST_CASE("two servers on one queue are refused, with the process that has it") {
    QueueSetting setting;
    std::string reason;
    try {
        setting.open();
    } catch (const std::system_error& error) {
        reason = error.what();
    }
    CHECK(reason.find("another postrider (process " + std::to_string(::getpid()) +
                      ") works on this queue") != std::string::npos);
    CHECK(reason.find((setting.folder / "queue.lock").string()) != std::string::npos);
    CHECK(setting.put(setting.message()));
    setting.reopen();
}

TEST_CASE("a schema of a later release, a folder that is missing and a damaged file do not open") {
    QueueSetting setting;
    REQUIRE(setting.put(setting.message()));
    setting.store.reset();
    SUBCASE("later release") {
        setting.byHand().execute("PRAGMA user_version=99");
        CHECK_THROWS_AS(setting.open(), storage::SchemaTooNew);
        CHECK(setting.number("SELECT count(*) FROM message") == 1);
    }
    SUBCASE("missing folder") {
        CHECK_THROWS_AS((void)QueueStore::open({.dataDir = setting.folder / "none"}, setting.clock,
                                               setting.log, setting.metrics),
                        std::system_error);
    }
    SUBCASE("not a database") {
        setting.folder.write("queue.db", std::string(10'000, 'x'));
        CHECK_THROWS_AS(setting.open(), storage::SqliteError);
    }
}

TEST_CASE("many threads put, load and settle at once, and nothing is lost") {
    QueueSetting setting{100'000};
    constexpr int threads = 8;
    constexpr int each = 40;
    std::atomic<int> failed{0};
    {
        std::vector<std::jthread> pool;
        pool.reserve(threads);
        for (int t = 0; t < threads; ++t) {
            pool.emplace_back([&setting, &failed] {
                for (int i = 0; i < each; ++i) {
                    const auto message = setting.message();
                    if (!setting.put(message) || !setting.store->load(message.id)) ++failed;
                }
            });
        }
    }
    CHECK(failed == 0);
    const auto due = setting.due(1000);
    REQUIRE(due.size() == threads * each);
    {
        std::vector<std::jthread> pool;
        pool.reserve(threads);
        for (std::size_t t = 0; t < threads; ++t) {
            pool.emplace_back([&setting, &failed, &due, t] {
                for (std::size_t i = t; i < due.size(); i += threads) {
                    if (!setting.settle(due[i], RecipientState::Delivered)) ++failed;
                }
            });
        }
    }
    CHECK(failed == 0);
    CHECK(setting.store->totals().messages == 0);
    CHECK(setting.number("SELECT count(*) FROM message WHERE finished_at IS NOT NULL") ==
          threads * each);
    CHECK(setting.number("SELECT count(*) FROM content") == 0);
}

TEST_CASE("a message and the report that comes with it are put together, or neither is") {
    QueueSetting setting{1};
    const auto message = setting.message();
    auto report = setting.message({"alice@example.test"});
    REQUIRE(setting.store->put(message, &report));
    CHECK(setting.store->load(message.id));
    CHECK(setting.store->load(report.id));
    CHECK(setting.store->totals().messages == 2);

    QueueSetting other;
    report.id = message.id;
    CHECK_FALSE(other.store->put(message, &report));
    CHECK(other.number("SELECT count(*) FROM message") == 0);
    CHECK(other.store->totals().messages == 0);
}

}  // namespace postrider::queue
