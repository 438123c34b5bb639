#include "server/queue/queue_store.h"
#include "server/queue/spool.h"
#include "tests/unit/server/queue/queue_setting.h"

#include <chrono>
#include <doctest/doctest.h>
#include <string>
#include <thread>

namespace postrider::queue {

using namespace std::chrono_literals;
using postrider::test::QueueSetting;

namespace {

void insertAction(const QueueSetting& setting, const std::string& verb, const std::string& id) {
    setting.byHand().execute("INSERT INTO action (verb, queue_id) VALUES ('" + verb + "', '" + id +
                             "')");
}

/// Inserts one and has it carried out; the result the operator reads.
std::string act(QueueSetting& setting, const std::string& verb, const std::string& id) {
    insertAction(setting, verb, id);
    const auto done = setting.store->carryOutActions();
    REQUIRE(done.size() == 1);
    CHECK(done[0].verb == verb);
    CHECK(done[0].target == id);
    CHECK(done[0].by == "sqlite3");
    CHECK(setting.number("SELECT count(*) FROM action WHERE done_at IS NULL") == 0);
    CHECK(setting.text("SELECT result FROM action ORDER BY id DESC") == done[0].result);
    return done[0].result;
}

}  // namespace

TEST_CASE("a wrong action is refused where it is typed, with a reason") {
    QueueSetting setting;
    const auto waiting = setting.message();
    REQUIRE(setting.put(waiting));
    const auto finished = setting.message({"eve@example.net"});
    REQUIRE(setting.put(finished));
    for (const auto& recipient : setting.due()) {
        if (recipient.id == finished.id) {
            REQUIRE(setting.settle(recipient, RecipientState::Delivered));
        }
    }
    const std::string id = "'" + waiting.id.toString() + "'";
    struct Case {
        std::string columns;
        std::string values;
        std::string reason;
    };
    const Case cases[] = {
        {"verb, queue_id", "'frobnicate', " + id, "verb must be retry, hold"},
        {"verb, queue_id", "NULL, " + id, "verb must be retry, hold"},
        {"verb", "'retry'", "a queue_id is needed"},
        {"verb, queue_id", "'retry', ''", "a queue_id is needed"},
        {"verb, queue_id", "'hold', 'zzz'", "no message has this queue_id"},
        {"verb, queue_id", "'hold', '" + finished.id.toString() + "'", "this message is finished"},
        {"verb, queue_id", "'reroute', " + id, "reroute takes a next_hop"},
        {"verb, queue_id, next_hop", "'retry', " + id + ", 'x'", "next_hop is for reroute"},
        {"verb, queue_id, courier", "'hold', " + id + ", 'x'", "courier is for reroute and flush"},
        {"verb, next_hop, courier", "'forget', 'x', 'y'", "courier is for reroute and flush"},
        {"verb", "'forget'", "forget takes a domain"},
        {"verb, next_hop, queue_id", "'forget', 'x', " + id, "forget takes a domain"},
        {"verb, next_hop", "'forget', 'example.net'", "nothing is remembered"},
        {"verb, queue_id, next_hop, courier", "'reroute', " + id + ", 'x', ''",
         "courier must not be empty"},
        {"verb", "'flush'", "flush takes a next_hop"},
        {"verb, next_hop, queue_id", "'flush', 'example.org', " + id, "flush takes a next_hop"},
        {"verb, next_hop", "'flush', 'nobody.example'", "nobody waits for this next_hop"},
        {"verb, next_hop", "'flush', 'example.net'", "nobody waits for this next_hop"},
        {"verb, queue_id, result", "'retry', " + id + ", 'x'", "are written by the server"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.values);
        std::string reason = "accepted";
        try {
            setting.byHand().execute("INSERT INTO action (" + c.columns + ") VALUES (" + c.values +
                                     ")");
        } catch (const storage::SqliteError& error) {
            reason = error.what();
        }
        CAPTURE(reason);
        CHECK(reason.find("action: ") != std::string::npos);
        CHECK(reason.find(c.reason) != std::string::npos);
    }
    CHECK(setting.store->carryOutActions().empty());
}

TEST_CASE("retry makes pending recipients due now") {
    QueueSetting setting;
    const auto message = setting.message({"a@example.org", "b@example.org"});
    REQUIRE(setting.put(message));
    for (const auto& recipient : setting.due()) {
        REQUIRE(setting.settle(recipient, RecipientState::Pending));
    }
    REQUIRE(setting.due().empty());
    CHECK(act(setting, "retry", message.id.toString()) == "2 recipients due now");
    CHECK(setting.due().size() == 2);
}

TEST_CASE("held recipients are not tried until they are released") {
    QueueSetting setting;
    const auto message = setting.message();
    const std::string id = message.id.toString();
    REQUIRE(setting.put(message));
    CHECK(act(setting, "hold", id) == "1 recipient held");
    CHECK(setting.text("SELECT state || ' ' || due FROM queue") == "held when released");
    setting.clock.advance(240h);
    CHECK(setting.due().empty());
    CHECK_FALSE(setting.store->nextDue());
    CHECK(act(setting, "retry", id) == "0 recipients due now");
    CHECK(act(setting, "release", id) == "1 recipient released");
    CHECK(setting.due().size() == 1);
}

TEST_CASE("a message that came in held is not tried until it is released") {
    QueueSetting setting;
    auto message = setting.message();
    message.held = true;
    REQUIRE(setting.put(message));
    CHECK(setting.due().empty());
    CHECK(act(setting, "release", message.id.toString()) == "1 recipient released");
    CHECK(setting.due().size() == 1);
}

TEST_CASE("remove ends the message for everybody who waits, and deletes its content") {
    QueueSetting setting;
    auto message = setting.message({"a@example.org", "b@example.org"});
    {
        SpoolWriter writer{setting.folder / "spool", 0, "abc"};
        REQUIRE(writer.write("octets"));
        message.content = *writer.finish();
        writer.release();
    }
    REQUIRE(setting.put(message));
    REQUIRE(setting.settle(setting.due()[0], RecipientState::Delivered));
    CHECK(act(setting, "remove", message.id.toString()) == "1 recipient removed");
    CHECK(setting.text("SELECT group_concat(state) FROM"
                       " (SELECT state FROM queue_recipients ORDER BY state)") ==
          "delivered,removed");
    CHECK_FALSE(setting.store->load(message.id));
    CHECK_FALSE(std::filesystem::exists(setting.folder / "spool/abc"));
    CHECK(setting.store->totals().messages == 0);
}

TEST_CASE("expire makes everybody due and the message given up, also for the held") {
    QueueSetting setting;
    const auto message = setting.message();
    const std::string id = message.id.toString();
    REQUIRE(setting.put(message));
    act(setting, "hold", id);
    CHECK_FALSE(setting.store->load(message.id)->isGivenUp());
    CHECK(act(setting, "expire", id) == "1 recipient given up");
    CHECK(setting.due().size() == 1);
    CHECK(setting.store->load(message.id)->isGivenUp());
}

TEST_CASE("reroute changes where recipients go; a courier only when it is given") {
    QueueSetting setting;
    const auto message = setting.message();
    const std::string id = message.id.toString();
    REQUIRE(setting.put(message));
    setting.byHand().execute("INSERT INTO action (verb, queue_id, next_hop) VALUES ('reroute', '" +
                             id + "', 'mx2.example:2525')");
    REQUIRE(setting.store->carryOutActions().size() == 1);
    CHECK(setting.due()[0].nextHop == "mx2.example:2525");
    CHECK(setting.due()[0].courier == "smtp");
    act(setting, "hold", id);
    setting.byHand().execute(
        "INSERT INTO action (verb, queue_id, next_hop, courier) VALUES ('reroute', '" + id +
        "', 'x', 'lmtp')");
    REQUIRE(setting.store->carryOutActions().size() == 1);
    CHECK(setting.due().empty());
    act(setting, "release", id);
    CHECK(setting.due()[0].courier == "lmtp");
}

TEST_CASE("flush retries one destination, or all") {
    QueueSetting setting;
    REQUIRE(setting.put(setting.message({"a@one.example", "b@two.example", "c@three.example"})));
    for (const auto& recipient : setting.due()) {
        REQUIRE(setting.settle(recipient, RecipientState::Pending));
    }
    setting.byHand().execute(
        "INSERT INTO action (verb, next_hop, requested_by) VALUES ('flush', 'two.example', 'eve')");
    const auto done = setting.store->carryOutActions();
    REQUIRE(done.size() == 1);
    CHECK(done[0].target == "two.example");
    CHECK(done[0].by == "eve");
    CHECK(done[0].result == "1 recipient due now");
    REQUIRE(setting.due().size() == 1);
    CHECK(setting.due()[0].nextHop == "two.example");
    setting.byHand().execute("INSERT INTO action (verb, next_hop) VALUES ('flush', '*')");
    REQUIRE(setting.store->carryOutActions().size() == 1);
    CHECK(setting.due().size() == 3);
}

TEST_CASE("forget takes away what is remembered about a domain's TLS, and nothing else") {
    QueueSetting setting;
    setting.byHand().execute(
        "INSERT INTO domain_tls VALUES ('one.example', 'authenticated', 'x', 1, 1),"
        " ('two.example', 'encrypted', 'x', 1, 1);"
        "INSERT INTO action (verb, next_hop) VALUES ('forget', 'One.Example');"
        "INSERT INTO action (verb, next_hop) VALUES ('forget', 'one.example')");
    const auto done = setting.store->carryOutActions();
    REQUIRE(done.size() == 2);
    CHECK(done[0].target == "One.Example");
    CHECK(done[0].result == "forgotten");
    CHECK(done[1].result == "refused: nothing was remembered");
    CHECK(setting.text("SELECT group_concat(domain) FROM domain_tls") == "two.example");
}

TEST_CASE("actions are carried out in order, and the second of two may find the message finished") {
    QueueSetting setting;
    const auto message = setting.message();
    REQUIRE(setting.put(message));
    insertAction(setting, "remove", message.id.toString());
    insertAction(setting, "retry", message.id.toString());
    const auto done = setting.store->carryOutActions();
    REQUIRE(done.size() == 2);
    CHECK(done[0].result == "1 recipient removed");
    CHECK(done[1].result == "refused: the message is finished");
    CHECK(setting.store->carryOutActions().empty());
    CHECK(setting.number("SELECT min(done_at) FROM action") == unixSeconds(setting.clock.now()));
}

TEST_CASE(
    "an action that cannot be written down now waits, and nobody is told that it was refused") {
    QueueSetting setting;
    const auto message = setting.message();
    REQUIRE(setting.put(message));
    insertAction(setting, "hold", message.id.toString());
    {
        storage::Database other = setting.byHand();
        const storage::WriteTransaction lock{other};
        CHECK(setting.store->carryOutActions().empty());
    }
    CHECK(setting.number("SELECT count(*) FROM action WHERE done_at IS NULL") == 1);
    const auto done = setting.store->carryOutActions();
    REQUIRE(done.size() == 1);
    CHECK(done[0].result == "1 recipient held");
}

TEST_CASE("what was inserted while the server was down is carried out at start") {
    QueueSetting setting;
    const auto message = setting.message();
    REQUIRE(setting.put(message));
    setting.store.reset();
    insertAction(setting, "hold", message.id.toString());
    setting.open();
    CHECK(setting.store->carryOutActions().size() == 1);
}

TEST_CASE(
    "what is to be released later is due then, and only retry and expire are stronger (RFC 4865)") {
    struct Case {
        const char* verb;
        bool dueNow;
    };
    for (const Case& c : {Case{"none", false}, Case{"flush", false}, Case{"reroute", false},
                          Case{"hold", false}, Case{"retry", true}, Case{"expire", true}}) {
        CAPTURE(c.verb);
        QueueSetting setting;
        auto message = setting.message();
        message.releaseAt = setting.clock.now() + 2h;
        REQUIRE(setting.put(message));
        CHECK(setting.text("SELECT next_attempt FROM queue") == "2026-11-21T14:00:00Z");
        const std::string verb = c.verb;
        const std::string id = message.id.toString();
        if (verb == "flush") {
            setting.byHand().execute("INSERT INTO action (verb, next_hop) VALUES ('flush', '*')");
        } else if (verb == "reroute") {
            setting.byHand().execute(
                "INSERT INTO action (verb, queue_id, next_hop) VALUES ('reroute', '" + id +
                "', 'other.example')");
        } else if (verb == "hold") {
            insertAction(setting, "hold", id);
            insertAction(setting, "release", id);
        } else if (verb != "none") {
            insertAction(setting, verb, id);
        }
        setting.store->carryOutActions();
        CHECK(setting.due().empty() != c.dueNow);
        setting.clock.advance(2h);
        REQUIRE(setting.due().size() == 1);
        CHECK(setting.store->load(message.id)->deliverableSince() == message.releaseAt);
    }
}

}  // namespace postrider::queue
