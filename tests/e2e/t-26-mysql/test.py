#!/usr/bin/env python3
"""Accounts and aliases in a real MariaDB: logins, recipients, what a database may not say, and what happens while it is
away, hangs or has been restarted."""
import concurrent.futures
import os
import signal
import sys
import time

from support import mariadb
from support.case import main
from support.directories import ALIAS_QUERY, PASSWORD, QUERY, Directories, hashed
from support.process import SKIPPED

# Each statement ends with its line.
TABLES = """
CREATE TABLE users (address VARCHAR(200) PRIMARY KEY, password TEXT, may_send BOOLEAN, may_receive BOOLEAN NOT NULL DEFAULT 1);
INSERT INTO users VALUES ('carol@a.example', '{hash}', NULL, 1), ('reader@a.example', '{hash}', 0, 1);
INSERT INTO users VALUES ('robot@a.example', '{hash}', 1, 0), ('locked@a.example', NULL, 1, 1);
INSERT INTO users VALUES (CONCAT(_utf8mb4 x'f0a08080', '@a.example'), NULL, 1, 1);
CREATE TABLE aliases (address VARCHAR(200), target TEXT);
INSERT INTO aliases VALUES ('team@a.example', 'carol, reader'), ('team@a.example', 'alice');
INSERT INTO aliases VALUES ('carol+shop@a.example', 'reader'), ('jane.doe@a.example', 'carol'), ('reader@a.example', 'reader');
INSERT INTO aliases VALUES ('*@a.example', 'alice'), ('loop@a.example', 'loop2'), ('loop2@a.example', 'loop');
INSERT INTO aliases VALUES ('run@a.example', '| /bin/touch {canary}'), ('odd@a.example', 'two words'), ('empty@a.example', NULL);
CREATE TABLE endless (address VARCHAR(200), target LONGTEXT);
INSERT INTO endless VALUES ('team@a.example', 'carol');
"""


class Mysql(Directories):
    def setUp(self):
        super().setUp()
        self.canary = self.folder / "canary"
        self.database = self.keep(mariadb.Mariadb(self.folder / "mariadb", self.net.ip(9), self.net.port(9)))
        self.database.run_sql(TABLES.format(hash=hashed(PASSWORD), canary=self.canary))
        self.database.start()

    def with_database(self, connection=None, **settings):
        secret = self.folder / "connection"
        secret.write_text((connection or self.database.connection) + "\n")
        secret.chmod(0o600)
        server = self.postrider(sql__connector="mysql", sql__connection_file=secret, **settings)
        return server.add_user("alice@a.example")


class Accounts(Mysql):
    def test_logins_and_recipients(self):
        server = self.with_database(sql__user_query=QUERY)
        status, said = server.check()
        self.assertEqual(status, 0, said)
        self.assertNotIn("sql", said)
        server.start()
        self.assertEqual(self.login(server, "carol@a.example"), 235)
        self.assertEqual(self.login(server, "carol@a.example", "wrong"), 535)
        for user in ("reader@a.example", "locked@a.example", "nobody@a.example"):
            self.assertEqual(self.login(server, user), 535, user)
        self.assertEqual(self.login(server, "robot@a.example"), 235)
        self.assertEqual(self.rcpt(server, "robot@a.example"), (550, "5.2.1"))
        self.assertEqual(self.rcpt(server, "reader+news@a.example"), (250, "2.1.5"))
        for nobody in ("nobody@a.example", "x'or'1'='1@a.example", '"\' OR 1=1 --"@a.example', "'@a.example"):
            self.assertEqual(self.rcpt(server, nobody), (550, "5.1.1"), nobody)
        self.send(server, "carol@a.example", "reader@a.example")

    def test_stopped_and_started(self):
        server = self.with_database(sql__user_query=QUERY).start()
        self.assertEqual(self.rcpt(server, "carol@a.example"), (250, "2.1.5"))
        self.database.stop()
        self.wait_rcpt(server, "carol@a.example", (451, "4.3.0"))
        self.assertEqual(self.rcpt(server, "nobody@a.example"), (451, "4.3.0"))
        self.assertEqual(self.login(server, "carol@a.example"), 454)
        self.assertEqual(self.login(server, "alice@a.example"), 235)
        status, said = server.check()
        self.assertEqual(status, 0, said)
        self.assertIn("sql: ", said)
        self.assertNotIn(self.database.password, said + server.log())
        self.database.start()
        self.assertEqual(self.rcpt(server, "carol@a.example"), (250, "2.1.5"))
        self.assertEqual(self.login(server, "carol@a.example"), 235)
        self.assertEqual(server.log().count("account-source-unavailable source=sql"), 1)
        self.assertEqual(server.log().count("account-source-back source=sql"), 1)

    def test_a_restart_of_the_database_is_not_noticed(self):
        server = self.with_database(sql__user_query=QUERY).start()
        self.assertEqual(self.rcpt(server, "carol@a.example"), (250, "2.1.5"))
        self.database.stop()
        self.database.start()
        self.assertEqual(self.rcpt(server, "reader@a.example"), (250, "2.1.5"))
        self.assertEqual(self.login(server, "robot@a.example"), 235)
        self.assertNotIn("account-source", server.log())

    def test_one_that_hangs_holds_nobody_long_and_is_asked_again(self):
        server = self.with_database(sql__user_query=QUERY).start()
        self.assertEqual(self.rcpt(server, "reader@a.example"), (250, "2.1.5"))
        os.kill(self.database.process.pid, signal.SIGSTOP)
        try:
            begin = time.monotonic()
            self.assertEqual(self.rcpt(server, "carol@a.example"), (451, "4.3.0"))
            self.assertLess(time.monotonic() - begin, 20)
            self.assertEqual(self.rcpt(server, "alice@a.example"), (250, "2.1.5"))
        finally:
            os.kill(self.database.process.pid, signal.SIGCONT)
        self.wait_rcpt(server, "carol@a.example", (250, "2.1.5"))

    def test_slow_queries_end_and_leave_their_sessions(self):
        slow = "SELECT IF(address = 'robot@a.example', SLEEP(600), password) AS password FROM users WHERE address = ?"
        server = self.with_database(sql__user_query=slow).start()
        with concurrent.futures.ThreadPoolExecutor(4) as pool:  # as many as there are sessions
            answers = list(pool.map(lambda _: self.rcpt(server, "robot@a.example"), range(4)))
        self.assertEqual(answers, [(451, "4.3.0")] * 4)
        self.wait_rcpt(server, "carol@a.example", (250, "2.1.5"))

    def test_localhost_is_the_socket(self):
        connection = self.database.connection.replace(f"host={self.database.ip};port={self.database.port}", "host=localhost")
        server = self.with_database(connection, sql__user_query=QUERY)
        server.start(env={**os.environ, "MYSQL_UNIX_PORT": str(self.database.socket)})
        self.assertEqual(self.login(server, "carol@a.example"), 235)

    def test_a_wrong_password_is_told_without_it(self):
        server = self.with_database(self.database.connection.replace(self.database.password, "top-secret"),
                                    sql__user_query=QUERY)
        status, said = server.check()
        self.assertEqual(status, 0, said)
        self.assertIn("sql: ", said)
        self.assertIn("Access denied for user 'mail'", said)
        self.assertNotIn("top-secret", said)
        server.start()
        self.assertEqual(self.rcpt(server, "carol@a.example"), (451, "4.3.0"))

    def test_names_of_every_plane_are_asked_for_as_they_are(self):
        server = self.with_database(sql__user_query=QUERY).start()
        with self.smtputf8(server) as client:
            self.assertEqual(client.rcpt("\U00020000@a.example")[0], 250)
            self.assertEqual(client.rcpt("\u4e00@a.example")[0], 550)

    def smtputf8(self, server):
        client = self.client(server, "carol@a.example", PASSWORD)
        client.ehlo("client.example")
        client.command_encoding = "utf-8"
        client.mail("carol@a.example", ["SMTPUTF8"])
        return client


class Aliases(Mysql):
    def test_targets(self):
        server = self.with_database(sql__user_query=QUERY, sql__alias_query=ALIAS_QUERY)
        server.domain_file("a.example", "aliases").write_text("team: bob@a.example\nbob: robot\n")
        status, said = server.check()
        self.assertEqual(status, 0, said)
        self.assertNotIn("sql", said)
        server.start()
        self.send(server, "carol@a.example", "carol+shop@a.example", to="reader@a.example")
        self.send(server, "carol@a.example", "janE.Doe+x@a.example", to="carol@a.example")
        self.send(server, "carol@a.example", "who.ever@a.example", to="alice@a.example")
        for name in ("reader", "alice"):
            self.assertEqual(len(server.mailbox(f"{name}@a.example")), 1)
        self.send(server, "carol@a.example", "team@a.example", to="alice@a.example", count=2)
        server.wait_mail("carol@a.example", 2)
        server.wait_mail("reader@a.example", 2)
        self.assertEqual(self.rcpt(server, "empty@a.example"), (250, "2.1.5"), "the catch-all has it")
        self.assertEqual(self.rcpt(server, "loop@a.example"), (550, "5.4.6"))

    def test_what_is_no_target_is_refused_for_now_and_told(self):
        server = self.with_database(sql__user_query=QUERY, sql__alias_query=ALIAS_QUERY).start()
        self.assertEqual(self.rcpt(server, "run@a.example"), (451, "4.3.0"))
        self.assertEqual(self.rcpt(server, "odd@a.example"), (451, "4.3.0"))
        self.assertEqual(self.rcpt(server, "team@a.example"), (250, "2.1.5"))
        self.wait_reason(server, f"sql: run@a.example: '| /bin/touch {self.canary}' is a program")
        self.wait_reason(server, "sql: odd@a.example: 'two words' is no mailbox")
        self.assertIn("warning lookup-failed address=run@a.example", server.log())
        self.assertNotIn("alias-source-unavailable", server.log())
        self.assertFalse(self.canary.exists())

    def test_stopped_and_started(self):
        server = self.with_database(sql__alias_query=ALIAS_QUERY).start()
        self.assertEqual(self.rcpt(server, "alice@a.example"), (250, "2.1.5"))
        self.database.stop()
        for address in ("alice@a.example", "team@a.example", "nobody@a.example"):
            self.wait_rcpt(server, address, (451, "4.3.0"))
        self.assertEqual(self.login(server, "alice@a.example"), 235, "only mail needs the aliases")
        self.assertEqual(server.log().count("alias-source-unavailable source=sql"), 1)
        self.database.start()
        self.assertEqual(self.rcpt(server, "alice@a.example"), (250, "2.1.5"))
        self.assertIn("alias-source-back source=sql", server.log())

    def test_a_column_without_a_length_is_refused_and_a_cast_mends_it(self):
        query = "SELECT target FROM endless WHERE address = ?"
        server = self.with_database(sql__user_query=QUERY, sql__alias_query=query)
        status, said = server.check()
        self.assertEqual(status, 0, said)
        self.assertIn("the column target has no length: write CAST(target AS CHAR(1000)) in its place", said)
        server.start()
        self.assertEqual(self.rcpt(server, "team@a.example"), (451, "4.3.0"))
        server.stop()
        server.set("sql.alias_query", query.replace("target", "CAST(target AS CHAR(1000))"))
        server.start()
        self.assertEqual(self.rcpt(server, "team@a.example"), (250, "2.1.5"))


if not mariadb.program():
    print("no MariaDB: skipped", file=sys.stderr)
    sys.exit(SKIPPED)
main()
