#!/usr/bin/env python3
"""Accounts in a real Dovecot, a real PostgreSQL and an SQLite file, aliases in both databases: logins, recipients, and
what happens while they are away. MySQL is in t-26."""
import os
import signal
import smtplib
import sqlite3
import subprocess
import sys
import time

from support import postgresql
from support.case import main, need_other_accounts
from support.directories import ALIAS_QUERY, PASSWORD, QUERY, Directories, hashed
from support.dovecot import DovecotAuth
from support.process import SKIPPED, wait_for


class Dovecot(Directories):
    def setUp(self):
        super().setUp()
        self.accounts = {"carol@a.example": PASSWORD, "dave@a.example": "other-password", "eve@b.example": PASSWORD}
        self.dovecot = self.keep(DovecotAuth(self.folder / "dovecot", self.accounts).start())
        self.server = self.postrider(dovecot__client_socket=self.dovecot.client_socket,
                                     dovecot__userdb_socket=self.dovecot.userdb_socket)
        self.server.add_user("alice@a.example").start()

    def test_logins_and_recipients(self):
        self.assertEqual(self.login(self.server, "carol@a.example"), 235)
        self.assertEqual(self.login(self.server, "Carol@A.example"), 235)
        self.assertEqual(self.login(self.server, "carol@a.example", "other-password"), 535)
        self.assertEqual(self.login(self.server, "dave@a.example"), 535)
        self.assertEqual(self.login(self.server, "nobody@a.example"), 535)
        self.assertEqual(self.login(self.server, "eve@b.example"), 535, "no folder says that b.example is ours")
        self.assertEqual(self.rcpt(self.server, "carol+tag@a.example"), (250, "2.1.5"))
        self.assertEqual(self.rcpt(self.server, "alice@a.example"), (250, "2.1.5"))
        for nobody in ("nobody@a.example", '"carol@a.example"@a.example', '"a b"@a.example', "o'hara#{}@a.example",
                       '"carol%"@a.example'):
            self.assertEqual(self.rcpt(self.server, nobody), (550, "5.1.1"), nobody)
        self.send(self.server, "carol@a.example", "dave@a.example")

    def test_stopped_and_started(self):
        self.dovecot.stop()
        self.assertEqual(self.rcpt(self.server, "carol@a.example"), (451, "4.3.0"))
        self.assertEqual(self.rcpt(self.server, "nobody@a.example"), (451, "4.3.0"))
        self.assertEqual(self.login(self.server, "carol@a.example"), 454)
        self.assertEqual(self.rcpt(self.server, "alice@a.example"), (250, "2.1.5"))
        self.assertEqual(self.login(self.server, "alice@a.example"), 235)
        self.wait_reason(self.server, str(self.dovecot.userdb_socket))
        self.assertEqual(self.server.log().count("account-source-unavailable source=dovecot"), 1)
        self.dovecot.start()
        self.assertEqual(self.rcpt(self.server, "carol@a.example"), (250, "2.1.5"))
        self.assertEqual(self.login(self.server, "carol@a.example"), 235)
        self.assertIn("account-source-back source=dovecot", self.server.log())

    def test_every_refusal_takes_as_long_whoever_is_known(self):
        delay = 3
        self.dovecot.stop()
        self.dovecot.configure(failure_delay=delay)
        self.dovecot.start()
        for user in ("nobody@a.example", "alice@a.example", "carol@a.example"):
            with self.subTest(user=user):
                client = self.client(self.server)
                client.ehlo("client.example")
                client.user, client.password = user, "wrong"
                begin = time.monotonic()
                with self.assertRaises(smtplib.SMTPAuthenticationError) as refused:
                    client.auth("PLAIN", client.auth_plain)  # once: our own delays begin with the fourth failure
                self.assertGreaterEqual(time.monotonic() - begin, delay - 1, "it counts whole seconds")
                self.assertEqual(refused.exception.smtp_code, 535)

    def test_a_session_does_not_outlive_its_users_right_to_send(self):
        carol = self.client(self.server, "carol@a.example", PASSWORD)
        dave = self.client(self.server, "dave@a.example", "other-password")
        self.dovecot.write(self.accounts, {"carol@a.example": "userdb_postrider_send=no"})
        self.wait_mail_from(carol, "carol@a.example", (550, "5.7.13"))
        self.assertEqual(self.may_send(dave, "dave@a.example"), (250, "2.1.0"))
        self.assertEqual(self.rcpt(self.server, "carol@a.example"), (250, "2.1.5"))
        self.assertEqual(self.login(self.server, "carol@a.example"), 535)
        self.dovecot.write(self.accounts)
        self.wait_mail_from(carol, "carol@a.example", (250, "2.1.0"))
        del self.accounts["carol@a.example"]
        self.dovecot.write(self.accounts)
        self.wait_mail_from(carol, "carol@a.example", (550, "5.7.13"))
        self.assertEqual(self.may_send(dave, "dave@a.example"), (250, "2.1.0"))
        self.dovecot.stop()
        self.wait_mail_from(dave, "dave@a.example", (451, "4.3.0"))
        self.dovecot.start()
        self.assertEqual(self.may_send(dave, "dave@a.example"), (250, "2.1.0"))


class Postgresql(Directories):
    def setUp(self):
        super().setUp()
        if not postgresql.programs():
            self.skipTest("no PostgreSQL")
        self.database = self.keep(postgresql.Postgresql(self.folder / "pg").start())
        self.database.psql(f"""
            CREATE TABLE users (address text PRIMARY KEY, password varchar(200), may_send boolean,
                                may_receive boolean NOT NULL DEFAULT true);
            INSERT INTO users VALUES ('carol@a.example', '{hashed(PASSWORD)}', NULL, true),
                ('reader@a.example', '{hashed(PASSWORD)}', false, true),
                ('robot@a.example', '{hashed(PASSWORD)}', true, false), ('locked@a.example', NULL, true, true)""")
        secret = self.folder / "connection"
        secret.write_text(self.database.connection + "\n")
        secret.chmod(0o600)
        self.server = self.postrider(sql__connector="postgresql", sql__connection_file=secret, sql__user_query=QUERY)
        self.server.add_user("alice@a.example")
        self.server.domain_file("a.example", "aliases").write_text("team: alice, carol\n")

    def test_logins_and_recipients(self):
        status, said = self.server.check()
        self.assertEqual(status, 0, said)
        self.assertNotIn("sql", said)
        self.assertNotIn("carol", said)
        self.server.start()
        self.assertEqual(self.login(self.server, "carol@a.example"), 235)
        self.assertEqual(self.login(self.server, "carol@a.example", "wrong"), 535)
        self.assertEqual(self.login(self.server, "reader@a.example"), 535)
        self.assertEqual(self.login(self.server, "locked@a.example"), 535)
        self.assertEqual(self.login(self.server, "robot@a.example"), 235)
        self.assertEqual(self.rcpt(self.server, "robot@a.example"), (550, "5.2.1"))
        self.assertEqual(self.rcpt(self.server, "reader+news@a.example"), (250, "2.1.5"))
        for nobody in ("nobody@a.example", "x'or'1'='1@a.example", '"\' OR 1=1 --"@a.example'):
            self.assertEqual(self.rcpt(self.server, nobody), (550, "5.1.1"), nobody)
        self.send(self.server, "carol@a.example", "reader@a.example")

    def test_stopped_and_started(self):
        self.server.start()
        self.assertEqual(self.rcpt(self.server, "carol@a.example"), (250, "2.1.5"))
        self.database.stop()
        self.wait_rcpt(self.server, "carol@a.example", (451, "4.3.0"))
        self.assertEqual(self.rcpt(self.server, "team@a.example"), (451, "4.3.0"))
        self.assertEqual(self.login(self.server, "carol@a.example"), 454)
        self.assertEqual(self.login(self.server, "alice@a.example"), 235)
        status, said = self.server.check()
        self.assertEqual(status, 0, said)
        self.assertIn("sql: ", said)
        self.assertNotIn(self.database.password, said + self.server.log())
        self.database.start()
        self.assertEqual(self.rcpt(self.server, "carol@a.example"), (250, "2.1.5"))
        self.assertEqual(self.login(self.server, "carol@a.example"), 235)

    def test_aliases(self):
        self.database.psql("""
            CREATE TABLE aliases (address text, target text);
            INSERT INTO aliases VALUES ('team@a.example', 'reader, robot'), ('team@a.example', 'carol'),
                ('carol+shop@a.example', 'reader'), ('*@a.example', 'alice'), ('run@a.example', '|cat')""")
        self.server.set("sql.alias_query", ALIAS_QUERY)
        self.server.start()
        self.send(self.server, "carol@a.example", "carol+shop@a.example", to="reader@a.example")
        self.send(self.server, "carol@a.example", "whoever@a.example", to="alice@a.example")
        self.send(self.server, "carol@a.example", "team@a.example", to="alice@a.example", count=2)
        self.server.wait_mail("carol@a.example", 1)  # by the file and by the database: once
        self.server.wait_mail("reader@a.example", 2)
        wait_for("the queue to know it", lambda: self.server.states() == {"delivered": 5})
        self.assertEqual(self.rcpt(self.server, "run@a.example"), (451, "4.3.0"))
        self.wait_reason(self.server, "sql: run@a.example: '|cat' is a program; a database may not name one")
        self.database.psql("INSERT INTO aliases VALUES ('alice@a.example', 'robot')")
        self.wait_rcpt(self.server, "alice@a.example", (550, "5.2.1"))
        self.database.stop()
        self.wait_rcpt(self.server, "alice@a.example", (451, "4.3.0"))
        self.database.start()
        self.assertEqual(self.rcpt(self.server, "team@a.example"), (250, "2.1.5"))

    def test_a_database_that_hangs_holds_nobody_long(self):
        self.server.start()
        self.assertEqual(self.rcpt(self.server, "reader@a.example"), (250, "2.1.5"))
        workers = self.processes()
        for pid in workers:
            os.kill(pid, signal.SIGSTOP)
        try:
            begin = time.monotonic()
            self.assertEqual(self.rcpt(self.server, "carol@a.example"), (451, "4.3.0"))
            self.assertLess(time.monotonic() - begin, 20)
            self.assertEqual(self.rcpt(self.server, "alice@a.example"), (250, "2.1.5"))
            begin = time.monotonic()
            self.server.stop()
            self.assertLess(time.monotonic() - begin, 20)
        finally:
            for pid in workers:
                os.kill(pid, signal.SIGCONT)

    def processes(self):
        """The server and its children, those that serve a connection among them."""
        parent = self.database.process.pid
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True).stdout
        return [parent, *map(int, children.split())]


class Sqlite(Directories):
    def test_changes_count_at_once_for_logins_and_within_seconds_for_sessions(self):
        file = self.folder / "users.db"
        database = sqlite3.connect(file, isolation_level=None)
        self.addCleanup(database.close)
        database.execute("CREATE TABLE users (address TEXT PRIMARY KEY, password TEXT, may_send, may_receive)")
        for name in ("carol", "dave"):
            database.execute("INSERT INTO users VALUES (?, ?, 1, 1)", [f"{name}@a.example", hashed(PASSWORD)])
        server = self.postrider(sql__connector="sqlite", sql__connection=file, sql__user_query=QUERY).start()
        carol = self.client(server, "carol@a.example", PASSWORD)
        dave = self.client(server, "dave@a.example", PASSWORD)
        for change in ("UPDATE users SET may_send = 0", "UPDATE users SET password = NULL", "DELETE FROM users"):
            with self.subTest(change=change):
                self.assertEqual(self.may_send(carol, "carol@a.example"), (250, "2.1.0"))
                database.execute(f"{change} WHERE address = 'carol@a.example'")
                self.wait_mail_from(carol, "carol@a.example", (550, "5.7.13"))
                self.assertEqual(self.may_send(dave, "dave@a.example"), (250, "2.1.0"))
                self.assertEqual(self.login(server, "carol@a.example"), 535)
                # what was just heard of her does not keep her out
                database.execute("REPLACE INTO users VALUES ('carol@a.example', ?, 1, 1)", [hashed(PASSWORD)])
                self.assertEqual(self.login(server, "carol@a.example"), 235)
        database.execute("UPDATE users SET password = ? WHERE address = 'carol@a.example'", [hashed("new-password")])
        self.assertEqual(self.login(server, "carol@a.example", "new-password"), 235)
        self.assertEqual(self.login(server, "carol@a.example"), 535)

    def test_two_nodes_share_a_directory(self):
        file = self.folder / "users.db"
        database = sqlite3.connect(file)
        self.addCleanup(database.close)
        database.execute("CREATE TABLE users (address TEXT PRIMARY KEY, password TEXT, may_send, may_receive)")
        database.execute("CREATE TABLE aliases (address, target)")
        database.commit()
        nodes = [self.postrider(name, number, hostname=f"{name}.a.example", sql__connector="sqlite",
                                sql__connection=file, sql__user_query=QUERY,
                                sql__alias_query=ALIAS_QUERY).start()
                 for number, name in ((1, "one"), (2, "two"))]
        for node in nodes:
            self.assertEqual(self.rcpt(node, "carol@a.example"), (550, "5.1.1"))
        database.execute("INSERT INTO users VALUES ('carol@a.example', ?, 1, 1)", [hashed(PASSWORD)])
        database.commit()
        for node in nodes:
            self.wait_rcpt(node, "carol@a.example", (250, "2.1.5"))
            self.assertEqual(self.login(node, "carol@a.example"), 235)
        database.execute("INSERT INTO aliases VALUES ('team@a.example', 'carol')")
        database.commit()
        for node in nodes:
            self.wait_rcpt(node, "team@a.example", (250, "2.1.5"))

    def test_a_missing_file_is_told_and_does_not_stop_the_start(self):
        server = self.postrider(sql__connector="sqlite", sql__connection=self.folder / "none.db", sql__user_query=QUERY)
        status, said = server.check()
        self.assertEqual(status, 0, said)
        self.assertIn("sql: cannot read", said)
        server.start()
        self.assertEqual(self.rcpt(server, "carol@a.example"), (451, "4.3.0"))

    def test_half_a_configuration_is_refused(self):
        for settings, reason in (({"sql.user_query": QUERY}, "sql.connector is missing"),
                                 ({"sql.alias_query": ALIAS_QUERY}, "sql.alias_query: sql.connector is missing"),
                                 ({"sql.connector": "sqlite"}, "sql.user_query or sql.alias_query is missing"),
                                 ({"sql.connector": "oracle"}, "sql.connector"),
                                 ({"sql.connector": "sqlite", "sql.connection": "/x", "sql.user_query": "SELECT 1"},
                                  "sql.user_query: expected a ? where the address is compared"),
                                 ({"sql.connector": "sqlite", "sql.connection": "/x",
                                   "sql.alias_query": "DELETE FROM aliases WHERE address = ?"},
                                  "sql.alias_query: expected a query that begins with SELECT"),
                                 ({"dovecot.client_socket": "/run/x"}, "dovecot.userdb_socket is missing")):
            with self.subTest(settings=settings):
                server = self.postrider(f"s{len(self.servers)}", **settings)
                status, said = server.check()
                self.assertEqual(status, 78, said)
                self.assertIn(reason, said)


if not postgresql.programs():
    print("no PostgreSQL: skipped", file=sys.stderr)
    sys.exit(SKIPPED)
need_other_accounts()
main()
