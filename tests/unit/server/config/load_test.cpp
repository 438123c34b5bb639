#include "server/config/load.h"

#include "tests/support/temp_dir.h"

#include <algorithm>
#include <chrono>
#include <doctest/doctest.h>
#include <filesystem>
#include <string>
#include <vector>

using namespace postrider;
using namespace std::chrono_literals;
using postrider::test::TempDir;

namespace {

/// A file that names the host, because the machine's own name may not do.
Result<config::Config, config::ConfigProblems> loadText(const std::string& text,
                                                        const config::Overrides& overrides = {}) {
    const TempDir dir;
    dir.write("postrider.properties", "hostname = mx.example.org\n" + text);
    return config::load(dir.path(), overrides);
}

const config::InstanceConfig* courier(const config::Config& config, const std::string& name) {
    const auto found = std::find_if(config.couriers.begin(), config.couriers.end(),
                                    [&](const auto& instance) { return instance.name == name; });
    return found == config.couriers.end() ? nullptr : &*found;
}

}  // namespace

TEST_CASE("an empty file gives the defaults") {
    const auto config = loadText("");
    REQUIRE(config.has_value());
    CHECK(config->hostname == "mx.example.org");
    CHECK(config->dataDir == "/var/lib/postrider");
    REQUIRE(config->smtp.size() == 1);
    CHECK(config->smtp.front().text == ":25");
    CHECK(config->submission.front().port == 587);
    CHECK(config->submissions.front().port == 465);
    REQUIRE(config->monitoring.has_value());
    CHECK(config->monitoring->text == "127.0.0.1:1099");
    CHECK(config->maxMessageSize == 50U * 1024 * 1024);
    CHECK(config->suffixSeparators == "+");
    CHECK(config->suffixDrop == ".");
    CHECK(config->hooks.empty());
    CHECK(config->pluginDir.is_absolute());
    REQUIRE(courier(*config, "maildir") != nullptr);
    CHECK(courier(*config, "maildir")->plugin == "maildir");
    CHECK(courier(*config, "maildir")->options.at("path").text == "/var/lib/postrider/mail/%d/%u");
    CHECK(courier(*config, "smtp")->plugin == "smtp");
    CHECK(courier(*config, "pipe")->plugin == "pipe");
}

TEST_CASE("a client has five minutes for its next command by default (RFC 5321 4.5.3.2.7, S-055)") {
    const auto config = loadText("");
    REQUIRE(config.has_value());
    CHECK(config->session.commandTimeout >= std::chrono::minutes{5});
    CHECK(config->session.maxDuration >= config->session.commandTimeout);
}

TEST_CASE("values come into their places") {
    const auto config = loadText(
        "data.dir = /srv/mail\n"
        "listen.smtp = 127.0.0.1:2525, [::1]:2525\n"
        "listen.submissions = off\n"
        "listen.monitoring = off\n"
        "message.max_size = 10M\n"
        "message.max_hold = off\n"
        "session.max_duration = 1h\n"
        "session.greeting_delay = 5s\n"
        "session.refuse_early_talkers = yes\n"
        "suffix.drop =\n"
        "queue.retry = 10s, 1m\n"
        "log.syslog = no\n"
        "dns.trust_anchor_file = none\n"
        "courier.local = dovecot\n"
        "courier.dovecot.plugin = lmtp\n"
        "courier.dovecot.address = /run/lmtp\n"
        "hooks = second, first\n"
        "hook.first.plugin = /opt/hooks/first.so\n"
        "hook.second.plugin = exec\n"
        "hook.second.program.name = /bin/true\n");
    REQUIRE(config.has_value());
    CHECK(config->smtp.size() == 2);
    CHECK(config->submissions.empty());
    CHECK_FALSE(config->monitoring.has_value());
    CHECK(config->maxMessageSize == 10U * 1024 * 1024);
    CHECK(config->maxHold == 0s);
    CHECK(config->session.maxDuration == 1h);
    CHECK(config->session.greetingDelay == 5s);
    CHECK(config->session.refuseEarlyTalkers);
    CHECK(config->suffixDrop.empty());
    CHECK(config->queue.retry == std::vector<std::chrono::seconds>{10s, 1min});
    CHECK_FALSE(config->syslog);
    CHECK(config->trustAnchorFile == "none");
    REQUIRE(courier(*config, "dovecot") != nullptr);
    CHECK(courier(*config, "dovecot")->plugin == "lmtp");
    CHECK(courier(*config, "dovecot")->origin == "postrider.properties:16");
    CHECK(courier(*config, "dovecot")->options.at("address").text == "/run/lmtp");
    CHECK(courier(*config, "dovecot")->options.at("address").origin == "postrider.properties:17");
    CHECK(courier(*config, "maildir") != nullptr);  // for what is queued for it already
    REQUIRE(config->hooks.size() == 2);
    CHECK(config->hooks.at(0).name == "second");
    CHECK(config->hooks.at(0).options.at("program.name").text == "/bin/true");
    CHECK(config->hooks.at(1).name == "first");
    CHECK(config->hooks.at(1).plugin == "/opt/hooks/first.so");
}

TEST_CASE("the command line takes the place of the file, even of a bad value in it") {
    const auto config =
        loadText("message.max_size = many\nsession.max = 5\n", {{"message.max_size", " 1M "},
                                                                {"session.max", "6"},
                                                                {"session.max", "7"},
                                                                {"courier.maildir.path", "/m/%u"}});
    REQUIRE(config.has_value());
    CHECK(config->maxMessageSize == 1024U * 1024);
    CHECK(config->session.max == 7);
    CHECK(courier(*config, "maildir")->options.at("path").text == "/m/%u");
    CHECK(courier(*config, "maildir")->options.at("path").origin == "--set");

    const auto wrong = loadText("", {{"session.maxx", "1"}});
    REQUIRE_FALSE(wrong.has_value());
    CHECK(wrong.error().sentences.front() ==
          "--set: session.maxx: unknown key; did you mean session.max?");
}

TEST_CASE("what is wrong is named by file, line, key, reason and the nearest key") {
    struct Case {
        std::string text;
        std::string sentence;
    };
    const std::string file = "postrider.properties:2: ";
    const std::vector<Case> cases{
        {"message.maxsize = 1M", "message.maxsize: unknown key; did you mean message.max_size?"},
        {"Hostname = x", "Hostname: unknown key; did you mean hostname?"},
        {"courir.maildir.path = /x",
         "courir.maildir.path: unknown key; did you mean courier.maildir.path?"},
        {"hok.a.plugin = x", "hok.a.plugin: unknown key; did you mean hook.a.plugin?"},
        {"completely.unrelated.thing = 1", "completely.unrelated.thing: unknown key"},
        {"courier..path = /x", "courier..path: unknown key"},
        {"message.max_size = 1X",
         "message.max_size: '1X': expected a size such as 65536, 64K, 50M or 1G"},
        {"session.max = 0", "session.max: '0': expected a number from 1 to 100000"},
        {"session.max_recipients = 99",
         "session.max_recipients: '99': expected a number from 100 to 100000"},
        {"session.greeting_delay = 61s",
         "session.greeting_delay: '61s': expected a time from 0s to 60s"},
        {"message.max_hold = 0",
         "message.max_hold: '0': expected off, or a time from 1s to 3650d, such as 30s, 5m, 2h or "
         "1d"},
        {"session.grace = 30",
         "session.grace: '30': expected a time from 1s to 3650d, such as 30s, 5m, 2h or 1d"},
        {"listen.smtp = 25",
         "listen.smtp: '25': expected address:port, [v6 address]:port, :port or systemd"},
        {"listen.monitoring = :1, :2",
         "listen.monitoring: ':1, :2': expected one address:port, or off"},
        {"data.dir = mail", "data.dir: 'mail': expected a path that begins with /"},
        {"data.dir =", "data.dir: '': expected a path that begins with /"},
        {"log.level = loud", "log.level: 'loud': expected one of: debug info warning error"},
        {"log.syslog = perhaps", "log.syslog: 'perhaps': expected yes or no"},
        {"user =", "user: '': expected the name of a user of this host"},
        {"suffix.separators = a",
         "suffix.separators: 'a': expected characters such as + - . without blanks between them"},
        {"dns.forward = ns.example.org",
         "dns.forward: 'ns.example.org': expected address:port or [v6 address]:port"},
        {"courier.local = maidlir",
         "courier.local: there is no courier 'maidlir': courier.maidlir.plugin is missing; did "
         "you mean maildir?"},
        {"courier.remote = uucp",
         "courier.remote: there is no courier 'uucp': courier.uucp.plugin is missing"},
        {"courier.dovecot.address = /x",
         "courier.dovecot.address: courier.dovecot.plugin is missing"},
        {"courier.x.plugin = ../evil",
         "courier.x.plugin: '../evil': expected a plugin's name, or the absolute path of its "
         "library"},
        {"hooks = greylist", "hooks: there is no hook 'greylist': hook.greylist.plugin is missing"},
        {"hook.greylist.delay = 5m", "hook.greylist.delay: hook.greylist.plugin is missing"},
        {"hooks = a, a", "hooks: 'a, a': expected every name once"},
        {"session.max = 5 # a few",
         "session.max: a comment stands on a line of its own; '#' here would be part of the "
         "value"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.text);
        const auto config = loadText(c.text + "\n");
        REQUIRE_FALSE(config.has_value());
        CHECK(config.error().sentences == std::vector<std::string>{file + c.sentence});
    }
}

TEST_CASE("mistakes of syntax, key and value are told together, in the order of the lines") {
    const auto config =
        loadText("session.max = x\nnonsense\nsesion.max = 5\nhooks = a\nhooks = b\n");
    REQUIRE_FALSE(config.has_value());
    CHECK(config.error().sentences ==
          std::vector<std::string>{
              "postrider.properties:2: session.max: 'x': expected a number from 1 to 100000",
              "postrider.properties:3: 'nonsense' is not 'key = value'",
              "postrider.properties:4: sesion.max: unknown key; did you mean session.max?",
              "postrider.properties:5: hooks: there is no hook 'a': hook.a.plugin is missing",
              "postrider.properties:6: hooks: stands in line 5 already"});
}

TEST_CASE("what is good is there in spite of mistakes, and what is in doubt is known") {
    const TempDir dir;
    dir.write("postrider.properties",
              "hostname = mx.example.org\nuser nobody\ndata.dir = relative\nsuffix.drop =\n"
              "courier.good.plugin = lmtp\ncourier.bad.plugin = lmtp\ncourier.bad.address x\n"
              "hooks = fine, half\nhook.fine.plugin = dnsbl\nhook.half.lists = x\n"
              "sql.connector = sqlite\nsql.user_query = SELECT 1\n");
    const auto reading = config::read(dir.path(), {});
    CHECK(reading.problems.size() == 5);
    CHECK(reading.config.hostname == "mx.example.org");
    CHECK(reading.config.suffixDrop.empty());
    CHECK(reading.doubtful.contains("user"));
    CHECK(reading.doubtful.contains("data.dir"));
    CHECK(reading.config.dataDir == "/var/lib/postrider");
    CHECK(courier(reading.config, "good") != nullptr);
    CHECK(courier(reading.config, "bad") == nullptr);
    REQUIRE(reading.config.hooks.size() == 1);
    CHECK(reading.config.hooks.front().name == "fine");
    CHECK(reading.config.sql.connector.empty());
}

TEST_CASE("what only follows from a mistake is not told") {
    for (const auto* text : {"hooks = a\nhook.a.plugin lmtp\n", "hooks = a\nhook.a.plugin = b c\n",
                             "courier.local = a\ncourier.a.plugin lmtp\n",
                             "courier.local = a\ncourier.a.plugin\ncourier.a.address = x\n",
                             "sql.connector = oracle\nsql.user_query = SELECT 1\n",
                             "dovecot.client_socket = x\ndovecot.userdb_socket = /x\n"}) {
        CAPTURE(text);
        const auto config = loadText(text);
        REQUIRE_FALSE(config.has_value());
        CHECK(config.error().sentences.size() == 1);
    }
}

TEST_CASE("without a file that can be read, nothing that it could say is known") {
    const TempDir dir;
    const auto reading = config::read(dir.path(), {});
    CHECK(reading.problems.size() >= 1);
    CHECK(reading.doubtful.contains("user"));
    CHECK(reading.config.couriers.empty());
}

TEST_CASE("accounts elsewhere need all that belongs to them") {
    const auto whole = loadText(
        "dovecot.client_socket = /run/dovecot/client\ndovecot.userdb_socket = /run/dovecot/userdb\n"
        "sql.connector = postgresql\nsql.connection = host=db user=mail\n"
        "sql.user_query = SELECT password FROM users WHERE address = ?\n");
    REQUIRE(whole.has_value());
    CHECK(whole->dovecot.userdbSocket == "/run/dovecot/userdb");
    CHECK(whole->sql.connection == "host=db user=mail");
    CHECK(whole->sql.userQuery == "SELECT password FROM users WHERE address = ?");

    const auto complaint = [](const std::string& text) {
        const auto config = loadText(text);
        REQUIRE_FALSE(config.has_value());
        CHECK(config.error().sentences.size() == 1);
        return config.error().sentences.front();
    };
    const std::string file = "postrider.properties:2: ";
    CHECK(complaint("dovecot.client_socket = /run/x\n") ==
          file + "dovecot.client_socket: dovecot.userdb_socket is missing");
    CHECK(complaint("dovecot.userdb_socket = /run/x\n") ==
          file + "dovecot.userdb_socket: dovecot.client_socket is missing");
    CHECK(complaint("sql.connection = /srv/users.db\n") ==
          file + "sql.connection: sql.connector is missing");
    CHECK(complaint("sql.user_query = SELECT ?\n") ==
          file + "sql.user_query: sql.connector is missing");
    CHECK(complaint("sql.alias_query = SELECT ?\n") ==
          file + "sql.alias_query: sql.connector is missing");
    const std::string sqlite = "sql.connector = sqlite\n";
    const auto aliasesOnly =
        loadText(sqlite + "sql.connection = /srv/mail.db\nsql.alias_query = SELECT ?\n");
    REQUIRE(aliasesOnly.has_value());
    CHECK(aliasesOnly->sql.aliasQuery == "SELECT ?");
    CHECK(complaint(sqlite + "sql.connection = /srv/users.db\n") ==
          file + "sql.connector: sql.user_query or sql.alias_query is missing");
    CHECK(complaint(sqlite + "sql.user_query = SELECT ?\n") ==
          file + "sql.connector: sql.connection or sql.connection_file is missing");
    CHECK(complaint("sql.connection = /a\nsql.connection_file = /b\n"
                    "sql.user_query = SELECT ?\n" +
                    sqlite) == file + "sql.connection: sql.connection_file says it already");
}

TEST_CASE("a hostname must be one that SMTP knows (RFC 5321 2.3.5)") {
    const TempDir dir;
    dir.write("postrider.properties", "hostname = mx example\n");
    const auto config = config::load(dir.path(), {});
    REQUIRE_FALSE(config.has_value());
    CHECK(config.error().sentences.front().starts_with(
        "postrider.properties:1: hostname: 'mx example': expected a domain name ("));
}

TEST_CASE("a file that cannot be trusted or read is refused by name") {
    const TempDir dir;
    const auto missing = config::load(dir.path(), {});
    REQUIRE_FALSE(missing.has_value());
    const std::string file = (dir / "postrider.properties").string();
    CHECK(missing.error().sentences.front() ==
          file +
              ": No such file or directory; --config-dir DIR names another folder, an empty file "
              "means all defaults");
    const auto nowhere = config::load(dir / "none", {});
    REQUIRE_FALSE(nowhere.has_value());
    CHECK(nowhere.error().sentences.front() ==
          (dir / "none").string() + ": there is no such folder; --config-dir DIR names another");

    dir.write("postrider.properties", "hostname = a.example\n");
    std::filesystem::permissions(file, std::filesystem::perms::others_write,
                                 std::filesystem::perm_options::add);
    const auto open = config::load(dir.path(), {});
    REQUIRE_FALSE(open.has_value());
    CHECK(open.error().sentences.front() == file + ": everybody may write to it: chmod o-w");

    std::filesystem::remove(file);
    std::filesystem::create_directory(file);
    const auto folder = config::load(dir.path(), {});
    REQUIRE_FALSE(folder.has_value());
    CHECK(folder.error().sentences.front() == file + ": is not a regular file");
}

TEST_CASE("a value that does not work is complained about with the place that gave it") {
    const auto config = loadText("listen.smtp = :2525\nuser = x\n", {{"user", "y"}});
    REQUIRE(config.has_value());
    CHECK(config::complaintAbout(*config, "listen.smtp", "in use") ==
          "postrider.properties:2: listen.smtp: in use");
    CHECK(config::complaintAbout(*config, "user", "unknown") == "--set: user: unknown");
    CHECK(config::complaintAbout(*config, "data.dir", "full") == "data.dir: full");
}
