#!/usr/bin/env python3
"""Users, aliases, domains, certificates and configuration change while mail flows, and no message notices."""
import re
import signal
import smtplib
import ssl
import threading

from support.case import EndToEnd, main
from support.http import get
from support.postrider import make_certificate
from support.process import wait_for

ROUNDS = 20
SECONDS = 15  # "within seconds", on a busy machine
ALICE, BOB, PASSWORD = "alice@a.example", "bob@a.example", "secret-password"


class Sender(threading.Thread):
    """Submits numbered messages without pause, to each of `recipients` in turn, in sessions of ten."""

    def __init__(self, connect):
        super().__init__(daemon=True)
        self.connect, self.recipients = connect, [BOB]
        self.accepted, self.trouble = {}, []  # number: recipient; what was not accepted
        self._over = threading.Event()
        self._numbers = iter(range(1, 10**6))

    def run(self):
        while not self._over.is_set():
            try:
                with self.connect() as client:
                    for _ in range(10):
                        self.submit(client)
            except (smtplib.SMTPException, OSError) as error:
                self.trouble.append(repr(error))

    def submit(self, client):
        number = next(self._numbers)
        recipient = self.recipients[number % len(self.recipients)]
        try:
            client.sendmail(ALICE, [recipient], f"From: {ALICE}\r\nSubject: reload\r\n\r\nnumber {number}\r\n")
            self.accepted[number] = recipient
        except smtplib.SMTPException as error:
            self.trouble.append(f"{recipient}: {error!r}")

    def stop(self):
        self._over.set()
        self.join(60)


class Reload(EndToEnd):
    def setUp(self):
        super().setUp()
        self.server = self.postrider()
        self.server.add_user(ALICE).add_user(BOB)
        self.aliases = self.server.domain_file("a.example", "aliases")
        self.aliases.write_text("team: bob\n")
        self.certificates = self.server.config / "certs" / self.server.hostname
        self.server.start()

    def connect(self):
        return self.client(self.server, ALICE, PASSWORD)

    def rcpt(self, address):
        with smtplib.SMTP(self.server.ip, self.server.smtp, timeout=30) as client:
            client.ehlo("client.example")
            client.mail("x@elsewhere.example")
            return client.rcpt(address)[0]

    def counts(self, address, code=250):
        wait_for(f"{code} for {address}", lambda: self.rcpt(address) == code, SECONDS)

    def shown_certificate(self):
        with self.client(self.server, implicit=True) as client:
            return client.sock.getpeercert(binary_form=True)

    def hup(self):
        self.server.process.popen.send_signal(signal.SIGHUP)

    def healthy(self):
        wait_for("good health", lambda: get(self.server, "/healthz")[0] == 200, SECONDS)

    def change(self, turn, sender):
        """A user, an alias in place of another, a certificate and a domain: no signal, and they count."""
        old_session, old_certificate = self.connect(), self.shown_certificate()
        user, elsewhere = f"user{turn}@a.example", f"user@d{turn}.example"
        self.server.add_user(user).add_user(elsewhere)
        self.aliases.write_text(f"team: user{turn}\nnews{turn}: bob\n")
        make_certificate(self.certificates, self.server.hostname)
        for address in (user, elsewhere, f"news{turn}@a.example"):
            self.counts(address)
        if turn > 0:
            self.assertEqual(self.rcpt(f"news{turn - 1}@a.example"), 550, "the alias before is gone")
        wait_for("the new certificate", lambda: self.shown_certificate() != old_certificate, SECONDS)
        sender.recipients = [*sender.recipients, user, elsewhere, f"news{turn}@a.example"][-6:]
        old_session.sendmail(ALICE, ["team@a.example"], "Subject: x\r\n\r\nby the old session\r\n")
        old_session.quit()
        self.server.wait_mail(user)
        wait_for("mail by the new alias",
                 lambda: any(b"by the old session" in octets for octets in self.server.mailbox(user)), SECONDS)

    def spoil(self, turn, sender):
        """A file with a mistake: named, harmless, and taken when mended."""
        sender.recipients = [address for address in sender.recipients if not address.startswith("news")]
        mistakes = self.mistakes(turn)
        path, mended, bad, named = mistakes[turn % len(mistakes)]
        failures = self.server.log().count("reload-failed")
        path.write_bytes(bad)
        if turn % 2:
            self.hup()  # which does not make it good
        wait_for(f"{named} in /healthz", lambda: named in get(self.server, "/healthz")[2], SECONDS)
        self.assertEqual(get(self.server, "/healthz")[0], 503)
        wait_for("the log", lambda: self.server.log().count("reload-failed") > failures)
        self.assertRegex(self.server.log(), rf"reload-failed .*{re.escape(named)}")
        for address in (BOB, f"user{turn}@a.example", f"news{turn}@a.example"):
            self.assertEqual(self.rcpt(address), 250, f"the last good state with a bad {named}")
        path.write_bytes(mended)
        self.healthy()

    def mistakes(self, turn):
        """(file, its content when mended, a bad one, what names it)"""
        properties, chain = self.server.config / "postrider.properties", self.certificates / "fullchain.pem"
        users = self.server.domain_file("a.example", "users")
        domain = self.server.domain_file(f"d{turn}.example", "domain.properties")
        return [(self.aliases, b"team: bob\nmended: bob\n", b"team: bob\nno colon\n", "a.example/aliases:2:"),
                (properties, properties.read_bytes(), properties.read_bytes() + b"courier.timeuot = 1m\n", "courier.timeuot"),
                (users, users.read_bytes(), users.read_bytes() + b"carol\n", "a.example/users:"),
                (chain, chain.read_bytes(), b"no certificate\n", "fullchain.pem"),
                (domain, b"suffix.drop = -\n", b"sufix.drop = -\n", "sufix.drop")]

    def delivered(self):
        """Each number that lies in a mailbox, as often as it does."""
        found = []
        for path in self.server.mail.rglob("new/*"):
            found += re.findall(rb"^number (\d+)$", path.read_bytes(), re.MULTILINE)
        return sorted(map(int, found))

    def test_changes_while_mail_flows(self):
        sender = self.keep(Sender(self.connect))
        sender.start()
        for turn in range(ROUNDS):
            self.change(turn, sender)
            self.spoil(turn, sender)
            reloads = self.server.log().count("reloaded what=all")
            self.hup()
            wait_for("the reload", lambda: self.server.log().count("reloaded what=all") > reloads)
        sender.stop()
        self.assertEqual(sender.trouble, [])
        self.assertGreater(len(sender.accepted), 10 * ROUNDS, "mail has flowed")
        wait_for("the queue to end", lambda: set(self.server.states()) == {"delivered"}, 60)
        self.assertEqual(self.delivered(), sorted(sender.accepted), "each once")

    def test_a_changed_configuration_needs_no_signal(self):
        elsewhere = self.server.folder / "elsewhere"
        self.server.set("courier.maildir.path", f"{elsewhere}/%d/%u")
        wait_for("the reload", lambda: "reloaded what=all" in self.server.log(), SECONDS)
        with self.connect() as client:
            client.sendmail(ALICE, [BOB], "Subject: x\r\n\r\nmoved\r\n")
        wait_for("mail elsewhere", lambda: list((elsewhere / "a.example/bob/new").glob("*")))

    def test_another_courier_for_new_mail_while_some_waits_for_the_old_one(self):
        server = self.postrider("b", 2, courier__maildir__plugin=None, courier__maildir__path=None, queue__retry="1s")
        server.mail = server.data / "mail"  # of the courier that exists by itself
        server.mail.write_text("")  # a file in the place of the folder: what comes waits
        server.add_user(BOB).start()
        self.deliver_to_bob(server, "by the old one")
        wait_for("an attempt", lambda: " deferred " in server.log())
        new = server.folder / "new"
        server.settings.update({"courier.local": "other", "courier.other.plugin": "maildir",
                                "courier.other.path": f"{new}/%d/%u"})
        server.write_config()
        wait_for("the reload", lambda: "reloaded what=all" in server.log(), SECONDS)
        self.deliver_to_bob(server, "by the new one")
        (found,) = wait_for("mail by the new one", lambda: list((new / "a.example/bob/new").glob("*")))
        self.assertIn(b"by the new one", found.read_bytes())
        server.mail.unlink()
        (octets,) = server.wait_mail(BOB)
        self.assertIn(b"by the old one", octets)

    @staticmethod
    def deliver_to_bob(server, text):
        with smtplib.SMTP(server.ip, server.smtp, timeout=30) as client:
            client.sendmail("x@elsewhere.example", [BOB], f"Subject: x\r\n\r\n{text}\r\n")

    def test_the_level_of_the_log_changes(self):
        self.server.settings.update({"log.level": "warning", "hostname": "other.a.example"})
        self.server.write_config()
        wait_for("the reload", lambda: "hostname has changed" in self.server.log(), SECONDS)
        self.assertNotIn("reloaded what=all", self.server.log())
        connected = self.server.log().count(" connected ")
        self.assertEqual(self.rcpt(BOB), 250)
        self.assertEqual(self.server.log().count(" connected "), connected)
        self.server.set("log.level", "info")
        wait_for("the reload", lambda: "reloaded what=all" in self.server.log(), SECONDS)

    def test_a_refused_reload_is_made_up_for_when_its_reason_goes(self):
        elsewhere = self.server.folder / "elsewhere"
        self.aliases.write_text("no colon\n")
        self.server.set("courier.maildir.path", f"{elsewhere}/%d/%u")
        self.hup()
        wait_for("bad health", lambda: get(self.server, "/healthz")[0] == 503, SECONDS)
        self.assertNotIn("reloaded what=all", self.server.log(), "all or nothing")
        self.aliases.write_text("team: bob\n")
        wait_for("the reload", lambda: "reloaded what=all" in self.server.log(), SECONDS)
        self.healthy()

    def times(self, sentence):
        return sum("reload-failed" in line and sentence in line for line in self.server.log().splitlines())

    def ticked(self):
        """The server has looked at its files again: what is renamed into its place counts at the next look."""
        make_certificate(self.folder / "fresh", self.server.hostname)
        fresh = ssl.PEM_cert_to_DER_cert((self.folder / "fresh/fullchain.pem").read_text())
        for file in (self.folder / "fresh").iterdir():
            file.rename(self.certificates / file.name)
        wait_for("the next look", lambda: self.shown_certificate() == fresh)

    def test_a_mistake_is_told_once(self):
        mistake = "a.example/aliases:1: 'no colon' is not"
        self.aliases.write_text("no colon\n")
        wait_for("the complaint", lambda: self.times(mistake))
        self.ticked()
        self.assertEqual(self.times(mistake), 1, "while it stands")
        self.hup()
        wait_for("the answer", lambda: self.times(mistake) == 2)
        self.ticked()
        self.assertEqual(self.times(mistake), 2, "who asks is answered, once")
        self.server.set("session.maxx", "5")
        wait_for("the new complaint", lambda: self.times("session.maxx"))
        self.ticked()
        self.assertEqual((self.times(mistake), self.times("session.maxx")), (2, 1), "and only what is new")

    def test_sighup_names_every_mistake_once(self):
        mistakes = ["'no colon' is not", "'alice' is not name:hash", "session.maxx", "fullchain.pem: is empty"]
        self.aliases.write_text("no colon\n")
        self.server.domain_file("a.example", "users").write_text("alice\n" * 1000 + "bob:*\n")
        (self.certificates / "fullchain.pem").write_text("")
        self.server.set("session.maxx", "5")
        self.hup()
        wait_for("the answer", lambda: all(self.times(mistake) for mistake in mistakes))
        known = self.server.log().count("reload-failed")
        wait_for("bad health", lambda: get(self.server, "/healthz")[0] == 503)
        self.assertEqual([self.times(mistake) for mistake in mistakes], [1, 1000, 1, 1])
        self.assertEqual(self.rcpt(BOB), 250)
        self.assertEqual(self.server.log().count("reload-failed"), known)

    def test_nobody_is_refused_while_a_file_is_written(self):
        users = self.server.domain_file("a.example", "users")
        lines = users.read_text().splitlines(keepends=True)
        done = threading.Event()
        refused = []

        def ask():
            while not done.is_set():
                refused.extend(address for address in (ALICE, BOB) if self.rcpt(address) != 250)

        asking = threading.Thread(target=ask)
        asking.start()
        try:
            with open(users, "w", encoding="utf-8") as file:  # it is empty now
                for line in ["# new\n", *lines, "carol:*\n"]:
                    self.ticked()
                    file.write(line)
                    file.flush()
                    self.hup()  # which does not make it complete
            self.counts("carol@a.example")
        finally:
            done.set()
            asking.join(60)
        self.assertEqual(refused, [])


main()
