#!/usr/bin/env python3
"""What the server tells about itself: health, metrics, pages, journal, postriderctl; and users that change while it runs."""
import http.client
import re
import smtplib
import time
import urllib.parse

from support.case import EndToEnd, main
from support.http import get
from support.openmetrics import parse
from support.peer import ScriptedPeer
from support.process import run, wait_for

BODY = "Subject: x\r\n\r\nhello\r\n"
SECONDS = 10  # "within seconds"
EVENTS = {"connected", "refused", "authenticated", "auth-failed", "rejected", "queued", "attempt", "delivered", "deferred",
          "failed", "expired", "dsn-queued", "held", "released", "removed", "disconnected"}


class Monitoring(EndToEnd):
    settings = {}

    def setUp(self):
        super().setUp()
        port = self.net.port(1)
        dns = self.dns("down.example. MX 10 mx.down.example.", f"mx.down.example. A {self.net.ip(66)}",
                       "peer.example. MX 10 mx.peer.example.", f"mx.peer.example. A {self.net.ip(9)}")
        self.peer = self.keep(ScriptedPeer(self.net.ip(9), port))
        self.server = self.postrider(dns__forward=dns.forward, courier__smtp__port=port, queue__retry="1h",
                                     **{"session__max_per_ip": "8", **self.settings})
        self.server.add_user("alice@a.example").add_user("bob@a.example").start()

    def submit(self, *recipients):
        client = self.client(self.server, "alice@a.example")
        client.mail("alice@a.example")
        for recipient in recipients:
            self.assertEqual(client.rcpt(recipient)[0], 250)
        code, text = client.data(BODY)
        self.assertEqual(code, 250, text)
        client.quit()
        return text.decode().split()[-1]

    def deferred(self, recipient="x@down.example"):
        queue_id = self.submit(recipient)
        wait_for("an attempt", lambda: self.server.query("select 1 from queue_attempts where queue_id = ?", queue_id))
        return queue_id

    def plain(self, number=7):
        """A client from an address of its own."""
        client = smtplib.SMTP(self.server.ip, self.server.smtp, timeout=30, source_address=(self.net.ip(number), 0))
        self.addCleanup(client.close)
        client.ehlo("client.example")
        return client

    def metrics(self):
        status, headers, text = get(self.server, "/metrics")
        self.assertEqual(status, 200)
        self.assertEqual(headers["Content-Type"], "application/openmetrics-text; version=1.0.0; charset=utf-8")
        return parse(text)

    def events(self):
        family = self.metrics()["postrider_events"]
        return {dict(labels)["event"]: value for (_, labels), value in family.samples.items()}

    def explained(self, subject, *wanted):
        def story():
            text = self.server.ctl("explain", subject, check=False).stdout
            return text if all(word in text for word in wanted) else None
        try:
            return wait_for(f"the story of {subject}", story, SECONDS)
        except AssertionError:
            self.fail(f"{wanted} not in: {self.server.ctl('explain', subject, check=False).stdout}")


class Metrics(Monitoring):
    def test_every_life_event_is_counted(self):
        before = self.events()
        self.assertLessEqual(EVENTS, set(before), "there from the start, so that rates can be computed")
        self.submit("bob@a.example")  # connected authenticated queued attempt delivered disconnected
        self.submit("x@nowhere.example")  # failed dsn-queued
        client = self.client(self.server)
        with self.assertRaises(smtplib.SMTPAuthenticationError):
            client.login("alice@a.example", "wrong")
        client = self.plain()
        client.mail("x@elsewhere.example")
        self.assertEqual(client.rcpt("x@elsewhere.example")[0] // 100, 5)
        queue_id = self.deferred()
        for verb in ("hold", "release", "remove"):
            self.server.ctl("queue", verb, queue_id)
        self.server.ctl("queue", "expire", self.deferred())
        clients = [self.plain(8) for _ in range(8)]
        with self.assertRaises(smtplib.SMTPConnectError) as refusal:
            self.plain(8)
        self.assertEqual(refusal.exception.smtp_code, 421)
        for client in clients:
            client.quit()
        wait_for("every event", lambda: all(self.events()[event] > before[event] for event in EVENTS))

    def test_gauges_and_histograms(self):
        names = self.metrics()
        sessions = names["postrider_sessions"].value()
        clients = [self.plain() for _ in range(3)]
        self.assertEqual(self.metrics()["postrider_sessions"].value(), sessions + 3)
        for client in clients:
            client.quit()
        wait_for("sessions to end", lambda: self.metrics()["postrider_sessions"].value() == sessions)
        commits = names["postrider_queue_commit_seconds"].value("_count")
        held = self.deferred()
        self.submit("x@down.example")
        self.server.ctl("queue", "hold", held)
        self.submit("bob@a.example")
        wait_for("the queue", lambda: self.server.states() == {"pending": 1, "held": 1, "delivered": 1})
        now = self.metrics()
        self.assertEqual(now["postrider_queue_messages"].value(), 2)
        self.assertEqual(now["postrider_queue_recipients_pending"].value(), 1)
        self.assertEqual(now["postrider_queue_recipients_held"].value(), 1)
        self.assertGreater(now["postrider_queue_commit_seconds"].value("_count"), commits)
        # the second to the same dead destination only waits for the first one's back-off, which is no attempt
        self.assertGreaterEqual(now["postrider_attempt_seconds"].value("_count"), 2)
        self.assertGreater(now["postrider_queue_batch_submissions"].value("_sum"), 0)
        self.assertGreater(now["postrider_queue_wal_bytes"].value(), 0)
        self.assertEqual(now["postrider_queue_audit_faults"].value(), 0)
        self.assertGreater(now["postrider_journal_written"].value("_total"), 0)
        self.assertEqual(now["postrider_journal_dropped"].value("_total"), 0)
        self.assertEqual(now["postrider_deliveries_in_flight"].value(), 0)


class Pages(Monitoring):
    HOSTILE = '"<script>alert(1)</script>&x"@peer.example'

    def test_hostile_text_is_text(self):
        self.peer.answers["RCPT"] = "450 4.2.1 <img src=x onerror=alert(2)> & \"so on\""
        client = self.client(self.server, "alice@a.example")
        client.mail('"<b>bold</b>"@a.example')
        code, text = client.docmd(f"RCPT TO:<{self.HOSTILE}>")
        self.assertEqual(code, 250, text)
        code, text = client.data(BODY)
        self.assertEqual(code, 250, text)
        queue_id = text.decode().split()[-1]
        wait_for("an attempt", lambda: self.server.query("select 1 from queue_attempts"))
        self.explained(queue_id, "onerror")
        for path in ("/queue", "/sessions", "/", f"/explain?about={queue_id}",
                     "/explain?about=" + urllib.parse.quote(self.HOSTILE), "/explain?about=%3Cscript%3Ealert(3)",
                     "/%3Cscript%3Ealert(4)", "/explain?about=%22%3E%3Cscript%3E"):
            with self.subTest(path=path):
                _, headers, page = get(self.server, path)
                self.assertTrue(headers["Content-Type"].startswith("text/html"), headers)
                self.assertNotRegex(page, r"<(script|img|b)\b")
                self.assertNotRegex(page, r'="[^"]*<')
                self.assertIn("default-src", headers["Content-Security-Policy"])
                self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
        page = get(self.server, "/queue")[2]
        self.assertIn("&lt;script&gt;alert(1)&lt;/script&gt;&amp;x", page)
        self.assertIn("&lt;img src=x", page)
        self.assertIn(queue_id, page)

    def test_only_reading_and_only_for_us(self):
        def ask(method, path, host):
            connection = http.client.HTTPConnection(self.server.ip, self.server.monitoring, timeout=20)
            connection.request(method, path, headers={"Host": host})
            answer = connection.getresponse()
            return answer.status, answer.read()

        here = f"{self.server.ip}:{self.server.monitoring}"
        self.assertEqual(ask("GET", "/queue", here)[0], 200)
        self.assertEqual(ask("HEAD", "/queue", here), (200, b""))
        self.assertEqual(ask("POST", "/queue", here)[0], 405)
        self.assertEqual(ask("GET", "/nothing", here)[0], 404)
        self.assertEqual(ask("GET", "/queue", "attacker.example")[0], 403, "DNS rebinding")

    def test_health(self):
        status, _, text = get(self.server, "/healthz")
        self.assertEqual((status, text.splitlines()[0]), (200, "ok"), text)
        for line in ("configuration: ok", "disk: ok", "journal: ok", "queue: ok"):
            self.assertIn(line + "\n", text)


class Explain(Monitoring):
    def test_by_id_address_and_ip(self):
        queue_id = self.submit("bob@a.example", "x@down.example")
        story = self.explained(queue_id, "Delivered to bob@a.example", "x@down.example was deferred")
        self.assertIn("A client connected from ", story)
        self.assertIn("Authentication as alice@a.example was accepted", story)
        for subject in ("bob@a.example", "BOB@A.example", "alice@a.example", self.server.ip, "127.0.0.1"):
            result = self.server.ctl("explain", subject, check=False)
            if subject in (self.server.ip, "127.0.0.1") and result.returncode == 67:
                continue  # the client comes from one of the two
            self.assertIn(queue_id, result.stdout, subject)
        result = self.server.ctl("explain", "nobody@nowhere.example", check=False)
        self.assertEqual(result.returncode, 67)
        self.assertIn("has nothing about nobody@nowhere.example", result.stderr)

    def test_refused_sessions_are_in_it(self):
        client = self.plain(21)
        client.mail("spammer@elsewhere.example")
        client.rcpt("victim@other.example")
        client.rcpt("nobody@a.example")
        client.quit()
        ip = self.net.ip(21)
        story = self.explained(ip, "victim@other.example was refused", "nobody@a.example was refused", "ended")
        self.assertIn(f"A client connected from {ip} to the smtp port", story)
        self.explained("victim@other.example", "was refused", ip)
        ip = self.net.ip(22)
        clients = [self.plain(22) for _ in range(8)]
        with self.assertRaises(smtplib.SMTPConnectError):
            self.plain(22)
        self.explained(ip, f"The connection from {ip} was refused")
        for client in clients:
            client.quit()
        client = smtplib.SMTP(self.server.ip, self.server.submission, timeout=30, source_address=(self.net.ip(23), 0))
        self.addCleanup(client.close)
        client.ehlo("client.example")
        self.assertEqual(client.docmd("MAIL FROM:<alice@a.example>")[0], 530)
        self.explained(self.net.ip(23), "530")

    def test_a_bounce_and_its_cause_name_each_other(self):
        queue_id = self.submit("x@nowhere.example")
        story = self.explained(queue_id, "Delivery to x@nowhere.example failed for good", "was queued as")
        dsn = re.search(r"was queued as (\w+)", story)[1]
        self.explained(dsn, f"the notification about {queue_id}", "Delivered to alice@a.example")


class Retention(Monitoring):
    settings = {"journal__max_age": "8s"}

    def test_old_decisions_go(self):
        first = self.submit("bob@a.example")
        self.explained(first, "Delivered to bob")
        time.sleep(8.5)
        self.submit("bob@a.example")
        wait_for("the old story to go", lambda: self.server.ctl("explain", first, check=False).returncode == 67, SECONDS)


class SizeBound(Monitoring):
    settings = {"journal__max_size": "1M", "session__max_per_ip": "50"}

    def test_the_journal_does_not_outgrow_its_bound(self):
        client = self.plain()
        for _ in range(150):
            lines = b"".join(b"MAIL FROM:<x@elsewhere.example>\r\nRCPT TO:<%s@other.example>\r\nRSET\r\n" % (b"y" * 60)
                             for _ in range(3))
            client.sock.sendall(lines)
            for _ in range(9):
                code, text = client.getreply()
                if code == 421:
                    client = self.plain()
                    break
        wait_for("decisions", lambda: self.metrics()["postrider_journal_written"].value("_total") > 300)
        for _ in range(20):
            size = sum(f.stat().st_size for f in self.server.data.glob("journal.db"))
            self.assertLessEqual(size, 1024 * 1024 * 1.1)
            time.sleep(0.1)
        self.assertEqual(get(self.server, "/healthz")[0], 200)


class Postriderctl(Monitoring):
    def test_queue_list_and_show(self):
        self.assertEqual(self.server.ctl("queue", "list").stdout, "the queue is empty\n")
        queue_id = self.deferred()
        head, row = self.server.ctl("queue", "list").stdout.splitlines()
        self.assertEqual(head.split()[:3], ["queue_id", "state", "age"])
        self.assertEqual(row.split()[:2], [queue_id, "pending"])
        self.assertIn("alice@a.example", row)
        shown = self.server.ctl("queue", "show", queue_id).stdout
        for line in (r"queue_id +" + queue_id, r"sender +alice@a\.example", r"recipient +x@down\.example",
                     r"state +pending", r"next_hop +down\.example", r"status +4\.4\.1"):
            self.assertRegex(shown, rf"(?m)^{line}$")
        self.assertIn("deferred", shown, "the attempt")
        self.assertEqual(self.server.ctl("queue", "show", "nosuchmessage0", check=False).returncode, 67)

    def can_log_in(self, address, password):
        client = self.client(self.server)
        try:
            client.login(address, password)
            return True
        except smtplib.SMTPAuthenticationError:
            return False
        finally:
            client.close()

    def rcpt(self, address):
        client = self.plain()
        client.mail("x@elsewhere.example")
        code = client.rcpt(address)[0]
        client.quit()
        return code

    def test_users_change_in_a_running_server(self):
        server = self.server
        self.assertFalse(self.can_log_in("carol@a.example", "first password"))
        server.add_user("carol@a.example", "first password")
        wait_for("carol", lambda: self.can_log_in("carol@a.example", "first password"), SECONDS)
        self.assertEqual(self.rcpt("carol@a.example"), 250)
        server.ctl("user", "passwd", "carol@a.example", "--password-stdin", stdin="second password\n")
        wait_for("the new password", lambda: self.can_log_in("carol@a.example", "second password"), SECONDS)
        self.assertFalse(self.can_log_in("carol@a.example", "first password"))
        self.assertEqual(server.ctl("user", "list", "a.example").stdout.split(),
                         ["alice@a.example", "bob@a.example", "carol@a.example"])
        check = ("user", "check", "carol@a.example", "--password-stdin")
        self.assertEqual(server.ctl(*check, stdin="second password\n").returncode, 0)
        self.assertEqual(server.ctl(*check, stdin="first password\n", check=False).returncode, 1)
        server.ctl("user", "remove", "carol@a.example")
        wait_for("carol to be gone", lambda: self.rcpt("carol@a.example") == 550, SECONDS)
        self.assertFalse(self.can_log_in("carol@a.example", "second password"))
        self.assertEqual(server.ctl(*check, stdin="second password\n", check=False).returncode, 67)

    def test_what_user_refuses(self):
        for argv, stdin, status in ((("add", "alice@a.example", "--password-stdin"), "x\n", 73),
                                    (("remove", "nobody@a.example"), "", 67), (("add", "noaddress"), "", 65),
                                    (("add", "x@a.example", "--password-stdin"), "\n", 65),
                                    (("add", "x@bad_domain..", "--password-stdin"), "x\n", 65), (("add",), "", 64),
                                    (("add", "x@a.example", "--frob"), "", 64), (("list", "other.example"), "", 67)):
            with self.subTest(argv=argv):
                result = self.server.ctl("user", *argv, stdin=stdin, check=False)
                self.assertEqual(result.returncode, status, result.stderr)
                self.assertTrue(result.stderr.startswith("postriderctl: "), result.stderr)

    def test_the_users_file_is_dovecots_and_nobody_elses(self):
        users = self.server.domain_file("a.example", "users")
        self.assertRegex(users.read_text(), r"^alice:\{CRYPT\}\$y\$")
        self.assertNotIn("secret-password", users.read_text())
        self.assertEqual(users.stat().st_mode & 0o007, 0)
        doveadm = run(["bash", "-c", "command -v doveadm || true"]).stdout.strip()
        if doveadm:
            stored = users.read_text().splitlines()[0].split(":")[1]
            result = run([doveadm, "-c", "/dev/null", "pw", "-t", stored, "-p", "secret-password"])
            self.assertIn("verified", result.stdout + result.stderr)


main()
