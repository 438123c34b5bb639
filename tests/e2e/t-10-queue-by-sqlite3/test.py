#!/usr/bin/env python3
"""The queue by Debian's sqlite3, beside a running server: views, actions, locks, history."""
import smtplib
import subprocess
import threading
import time

from support.case import EndToEnd, main
from support.process import BIN, run, wait_for

VIEWS = {
    "queue": "queue_id state sender recipients waiting received age due next_attempt expires attempts last_reply size "
             "origin_ip ehlo auth_user listener session_id",
    "queue_recipients": "queue_id recipient final state courier next_hop attempts next_attempt status diagnostic "
                        "remote_mta settled sender received delay warned",
    "queue_attempts": "queue_id recipient final at outcome took_ms courier next_hop status diagnostic remote_mta",
    "queue_destinations": "queue_id courier next_hop recipients messages oldest oldest_age next_attempt attempts "
                          "diagnostic",
}
BODY = "Subject: x\r\n\r\nhello\r\n"


class QueueBySqlite3(EndToEnd):
    settings = {}

    def setUp(self):
        super().setUp()
        dns = self.dns("down.example. MX 10 mx.down.example.", f"mx.down.example. A {self.net.ip(66)}",
                       "dead.example. MX 10 mx.down.example.",
                       "b.example. MX 10 mx.b.example.", f"mx.b.example. A {self.net.ip(2)}")
        self.receiver = self.postrider("b", 2, hostname="mx.b.example", domains=("b.example", "down.example"))
        self.server = self.postrider(dns__forward=dns.forward, courier__smtp__port=self.receiver.smtp,
                                     queue__retry="1h", **self.settings)
        self.server.add_user("alice@a.example").add_user("bob@a.example").start()

    def sqlite3(self, sql, *flags, check=True):
        # readers never wait; who writes must, while the server does
        wait = () if "-readonly" in flags else ("-cmd", ".timeout 20000")
        result = run(["sqlite3", *flags, *wait, self.server.data / "queue.db", sql])
        if check:
            self.assertEqual((result.returncode, result.stderr), (0, ""), sql)
        return result

    def ask(self, sql):
        return self.sqlite3(sql, "-readonly").stdout.splitlines()

    def send(self, *recipients, sender="alice@a.example", server=None):
        """Submits; the queue id from the 250."""
        client = self.client(server or self.server, "alice@a.example")
        client.mail(sender)
        for recipient in recipients:
            self.assertEqual(client.rcpt(recipient)[0], 250)
        code, text = client.data(BODY)
        self.assertEqual(code, 250, text)
        client.quit()
        return text.decode().split()[-1]

    def state(self, queue_id, recipient=None):
        rows = self.server.query("select recipient, state from queue_recipients where queue_id = ?", queue_id)
        return dict(rows)[recipient or rows[0][0]]

    def deferred(self, *recipients):
        """A message whose first attempt has failed."""
        queue_id = self.send(*recipients)
        wait_for("the first attempt", lambda: all(count for (count,) in self.server.query(
            "select attempts from queue_recipients where queue_id = ?", queue_id)))
        return queue_id

    def attempts(self, queue_id):
        return len(self.server.query("select 1 from queue_attempts where queue_id = ?", queue_id))

    def act(self, sql):
        """Inserts an action; what the server wrote about it."""
        number = self.sqlite3(f"insert into action {sql}; select last_insert_rowid()").stdout.strip()
        began = time.monotonic()
        result = wait_for(sql, lambda: self.server.query(
            "select result, done_at, requested_by from action where id = ? and done_at is not null", number))
        self.assertLess(time.monotonic() - began, 10, "within a second, on a machine with nothing else to do")
        return result[0][0]


class Views(QueueBySqlite3):
    def test_the_views_are_a_promise(self):
        for view, columns in VIEWS.items():
            with self.subTest(view=view):
                self.assertEqual(self.ask(f"select name from pragma_table_info('{view}')"), columns.split())
                self.ask(f"select * from {view}")

    def test_what_the_views_say(self):
        self.assertEqual(self.ask("select count(*) from queue"), ["0"])
        queue_id = self.deferred("carol@down.example", "dave@down.example", "eve@dead.example")
        self.assertEqual(
            self.ask("select state, sender, recipients, waiting, attempts, auth_user, listener, ehlo <> '' from queue "
                     f"where queue_id = '{queue_id}'"), ["pending|alice@a.example|3|3|1|alice@a.example|submission|1"])
        self.assertEqual(self.ask("select next_hop, recipients, messages, courier, queue_id from queue_destinations order by 1"),
                         [f"dead.example|1|1|smtp|{queue_id}", f"down.example|2|1|smtp|{queue_id}"])
        [row] = self.ask("select outcome, status, courier, next_hop, diagnostic from queue_attempts "
                         "where recipient = 'carol@down.example'")
        self.assertRegex(row, r"^deferred\|4\.4\.1\|smtp\|down\.example\|.*refused")
        [row] = self.ask(f"select due, last_reply, received, expires from queue where queue_id = '{queue_id}'")
        self.assertRegex(row, r"^in \d+m\|4\.4\.1 .*\|20..-..-..T..:..:..Z\|20..-..-..T..:..:..Z$|^in 1h")

    def test_every_recipient_state(self):
        delivered, failed = self.send("bob@a.example"), self.send("x@nowhere.example")
        pending, held = self.deferred("x@down.example"), self.deferred("x@down.example")
        removed, expired = self.deferred("x@down.example"), self.deferred("x@down.example")
        self.act(f"(verb, queue_id) values ('hold', '{held}')")
        self.act(f"(verb, queue_id) values ('remove', '{removed}')")
        self.act(f"(verb, queue_id) values ('expire', '{expired}')")
        for queue_id, state in ((delivered, "delivered"), (failed, "failed"), (pending, "pending"), (held, "held"),
                                (removed, "removed"), (expired, "expired")):
            wait_for(state, lambda: self.state(queue_id) == state)

    def test_readable_when_the_server_is_down_too(self):
        queue_id = self.deferred("x@down.example")
        self.assertEqual(self.server.stop(), 0)
        self.assertEqual(self.ask("select queue_id from queue"), [queue_id])
        self.server.start()
        self.assertEqual(self.state(queue_id), "pending")


class Beside(QueueBySqlite3):
    def test_readers_never_block_and_never_fail_under_load(self):
        stop, errors, times = threading.Event(), [], []

        def load():
            try:
                client = smtplib.SMTP(self.server.ip, self.server.smtp, timeout=60)
                while not stop.is_set():
                    began = time.monotonic()
                    client.sendmail("x@elsewhere.example", ["bob@a.example", "alice@a.example"], BODY)
                    times.append(time.monotonic() - began)
                client.quit()
            except Exception as error:  # told by the test
                errors.append(error)

        senders = [threading.Thread(target=load) for _ in range(6)]
        for thread in senders:
            thread.start()
        # one that keeps its snapshot open all the time, as somebody does who went for a coffee
        coffee = subprocess.Popen(["sqlite3", "-readonly", self.server.data / "queue.db"], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        coffee.stdin.write("begin; select count(*) from queue;\n")
        coffee.stdin.flush()
        end, looks = time.monotonic() + 6, 0
        while time.monotonic() < end:
            for view in VIEWS:
                self.sqlite3(f"select count(*) from {view}", "-readonly")
            self.assertEqual(self.ask("pragma integrity_check"), ["ok"])
            looks += 1
        stop.set()
        for thread in senders:
            thread.join()
        output, _ = coffee.communicate("select count(*) from queue; commit;\n", timeout=30)
        first, second = output.split()
        self.assertEqual(first, second, "a snapshot is a snapshot")
        self.assertEqual(errors, [])
        self.assertGreater(looks, 3)
        print(f"{len(times)} messages beside {looks} rounds of queries, the slowest took {max(times):.2f} s")
        self.assertLess(max(times), 5, "a reader blocks nobody")
        wait_for("everything to be delivered", lambda: self.server.states() == {"delivered": 2 * len(times)}, 60)

    def test_a_writer_that_holds_the_lock_makes_clients_come_again_and_loses_nothing(self):
        before = self.send("bob@a.example")
        self.server.wait_mail("bob@a.example")
        holder = subprocess.Popen(["sqlite3", self.server.data / "queue.db"], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        holder.stdin.write(".timeout 20000\nbegin immediate; select 'locked';\n")
        holder.stdin.flush()
        self.assertEqual(holder.stdout.readline(), "locked\n")
        client = self.client(self.server, "alice@a.example")
        with self.assertRaises(smtplib.SMTPDataError) as refusal:
            client.sendmail("alice@a.example", ["bob@a.example"], BODY)
        self.assertEqual(refusal.exception.smtp_code, 451)
        self.assertRegex(refusal.exception.smtp_error, rb"^4\.3\.")
        self.assertEqual(client.noop()[0], 250, "the session goes on")
        self.assertEqual(self.ask("select count(*) from queue_recipients"), ["1"], "readers go on")
        holder.communicate("rollback;\n", timeout=30)
        client.sendmail("alice@a.example", ["bob@a.example"], BODY)
        self.server.wait_mail("bob@a.example", 2)
        wait_for("the outcome", lambda: self.server.states() == {"delivered": 2})
        self.assertEqual(self.state(before), "delivered")
        self.assertEqual(len(self.server.mailbox("bob@a.example")), 2, "what was refused was not kept")


class Actions(QueueBySqlite3):
    def by_sqlite3(self, verb, queue_id):
        return self.act(f"(verb, queue_id) values ('{verb}', '{queue_id}')")

    def by_ctl(self, verb, queue_id):
        return self.server.ctl("queue", verb, queue_id).stdout.strip()

    def test_retry_hold_release_remove_expire_by_both_ways(self):
        for do in (self.by_sqlite3, self.by_ctl):
            with self.subTest(way=do.__name__):
                queue_id = self.deferred("x@down.example", "y@down.example")
                count = self.attempts(queue_id)
                self.assertEqual(do("retry", queue_id), "2 recipients due now")
                wait_for("another attempt", lambda: self.attempts(queue_id) >= count + 2)
                self.assertEqual(do("hold", queue_id), "2 recipients held")
                self.assertEqual(self.state(queue_id, "x@down.example"), "held")
                self.assertEqual(do("hold", queue_id), "0 recipients held")
                count = self.attempts(queue_id)
                self.assertEqual(do("retry", queue_id), "0 recipients due now")
                self.assertEqual(do("release", queue_id), "2 recipients released")
                wait_for("another attempt", lambda: self.attempts(queue_id) >= count + 2)
                mails = len(self.server.mailbox("alice@a.example"))
                self.assertEqual(do("remove", queue_id), "2 recipients removed")
                self.assertEqual(self.state(queue_id, "y@down.example"), "removed")
                self.assertEqual(len(self.server.mailbox("alice@a.example")), mails, "nobody is told")
                queue_id = self.deferred("x@down.example")
                self.assertEqual(do("expire", queue_id), "1 recipient given up")
                wait_for("it", lambda: self.state(queue_id) == "expired")
                dsn = self.server.wait_mail("alice@a.example", mails + 1)
                self.assertTrue(any(b"x@down.example" in message for message in dsn), "the sender is told")

    def test_reroute(self):
        self.receiver.add_user("x@down.example").start()
        hop = f"[{self.receiver.ip}]:{self.receiver.smtp}"
        queue_id = self.deferred("x@down.example")
        self.assertEqual(self.act(f"(verb, queue_id, next_hop) values ('reroute', '{queue_id}', '{hop}')"),
                         "1 recipient rerouted")
        self.receiver.wait_mail("x@down.example")
        wait_for("it", lambda: self.state(queue_id) == "delivered")
        queue_id = self.deferred("x@down.example")
        self.assertEqual(self.server.ctl("queue", "reroute", queue_id, hop).stdout, "1 recipient rerouted\n")
        self.receiver.wait_mail("x@down.example", 2)
        queue_id = self.deferred("bob@dead.example")
        self.server.ctl("queue", "reroute", queue_id, "anything", "maildir")
        wait_for("it in a mailbox", lambda: self.server.mailbox("bob@dead.example"))

    def test_flush(self):
        first, second = self.deferred("x@down.example"), self.deferred("x@dead.example")
        self.assertEqual(self.act("(verb, next_hop) values ('flush', 'down.example')"), "1 recipient due now")
        wait_for("another attempt", lambda: self.attempts(first) == 2)
        self.assertEqual(self.attempts(second), 1)
        self.assertEqual(self.server.ctl("queue", "flush", "*").stdout, "2 recipients due now\n")
        wait_for("another attempt", lambda: (self.attempts(first), self.attempts(second)) == (3, 2))

    def test_who_did_it_is_written_down(self):
        queue_id = self.deferred("x@down.example")
        self.by_sqlite3("hold", queue_id)
        self.by_ctl("release", queue_id)
        self.assertEqual(self.ask("select verb, requested_by from action order by id"),
                         ["hold|sqlite3", "release|" + run(["id", "-un"]).stdout.strip()])
        story = wait_for("the journal", lambda: (lambda t: t if "released it" in t else None)(
            self.server.ctl("explain", queue_id).stdout))
        self.assertIn("sqlite3 put it on hold", story)

    def test_nonsense_is_refused_with_its_reason(self):
        queue_id, finished = self.deferred("x@down.example"), self.send("bob@a.example")
        wait_for("delivery", lambda: self.state(finished) == "delivered")
        for sql, reason in (
                (f"(verb, queue_id) values ('destroy', '{queue_id}')",
                 "action: verb must be retry, hold, release, remove, expire, reroute, flush or forget"),
                ("(verb, queue_id) values ('retry', 'nosuchmessage0')", "action: no message has this queue_id"),
                ("(verb) values ('retry')", "action: a queue_id is needed"),
                (f"(verb, queue_id) values ('retry', '{finished}')", "action: this message is finished"),
                (f"(verb, queue_id) values ('reroute', '{queue_id}')", "action: reroute takes a next_hop"),
                ("(verb, next_hop) values ('flush', 'b.example')", "action: nobody waits for this next_hop")):
            with self.subTest(sql=sql):
                result = self.sqlite3(f"insert into action {sql}", check=False)
                self.assertNotEqual(result.returncode, 0)
                self.assertIn(reason, result.stderr)
        result = run([BIN / "postriderctl", "--config-dir", self.server.config, "queue", "retry", "nosuchmessage0"])
        self.assertEqual(result.returncode, 67)
        self.assertIn("action: no message has this queue_id", result.stderr)
        for sql in ("delete from content", "delete from message", "update message set finished_at = 1"):
            self.assertNotEqual(self.sqlite3(sql, check=False).returncode, 0, sql)
        self.assertEqual(self.state(queue_id), "pending")

    def test_a_wish_without_a_server_is_carried_out_at_the_next_start(self):
        queue_id = self.deferred("x@down.example")
        self.server.stop()
        self.sqlite3(f"insert into action (verb, queue_id) values ('remove', '{queue_id}')")
        self.server.start()
        wait_for("it", lambda: self.state(queue_id) == "removed")


class History(QueueBySqlite3):
    settings = {"queue__history": "2s"}

    def test_finished_messages_are_forgotten_and_waiting_ones_are_not(self):
        finished, waiting = self.send("bob@a.example"), self.deferred("x@down.example")
        self.act(f"(verb, queue_id) values ('retry', '{waiting}')")
        wait_for("history to pass", lambda: self.ask("select queue_id from queue_recipients") == [waiting])
        wait_for("done actions to go", lambda: self.ask("select count(*) from action") == ["0"])
        self.assertNotEqual(finished, waiting)
        self.assertEqual(len(self.server.mailbox("bob@a.example")), 1)


main()
