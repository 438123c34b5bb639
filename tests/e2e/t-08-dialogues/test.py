#!/usr/bin/env python3
"""The transcripts of tests/dialogues against a real port: whatever the session promises holds on the wire.

And what no transcript can say: which octets reach the mailbox, when a reply comes, what a line costs."""
import email
import pathlib
import shutil
import socket

from support.case import EndToEnd, main
from support.dialogue import Dialogue, Player
from support.postrider import make_certificate
from support.process import run

# The session forgets what stood behind STARTTLS; the connection, which can see it, says 554 and closes: below.
STRICTER_ON_THE_WIRE = {"starttls-injection.smtp"}
FILES = sorted((pathlib.Path(__file__).resolve().parents[2] / "dialogues").glob("*.smtp"))


class Dialogues(EndToEnd):
    def test_every_fit_transcript(self):
        played = 0
        make_certificate(self.folder / "cert", "mx.example.test")
        for number, path in enumerate(FILES):
            dialogue = Dialogue(path)
            if not dialogue.fit_for_a_real_port() or path.name in STRICTER_ON_THE_WIRE:
                continue
            with self.subTest(path.name):
                self.play(dialogue, number)
            played += 1
        print(f"{played} of {len(FILES)} transcripts played against the real port")
        self.assertGreaterEqual(played, 30)

    def test_octets_behind_starttls_end_the_session(self):
        server = self.postrider(hostname="mx.example.test")
        server.start()
        with socket.create_connection((server.ip, server.smtp), timeout=20) as s, s.makefile("rb") as replies:
            self.assertTrue(replies.readline().startswith(b"220 "))
            s.sendall(b"EHLO client.example\r\n")
            while replies.readline()[3:4] == b"-":
                pass
            s.sendall(b"STARTTLS\r\nMAIL FROM:<a@b.example>\r\n")
            self.assertTrue(replies.readline().startswith(b"554 5.5.1 "))
            self.assertEqual(replies.read(), b"", "nothing of it may be answered")

    def play(self, dialogue, number):
        passwords = dict(user.split(" ", 1) for user in dialogue.values("USER"))
        addresses = dialogue.values("LOCAL") + [user for user in passwords]
        domains = {address.split("@")[1] for address in addresses} | {"example.test"}
        server = self.postrider(f"s{number}", 1, hostname="mx.example.test", domains=sorted(domains))
        for key, value in dialogue.settings().items():
            server.set(key, value)
        shutil.copytree(self.folder / "cert", server.config / "certs/mx.example.test", dirs_exist_ok=True)
        for address in dict.fromkeys(addresses):
            server.add_user(address, passwords.get(address, "secret"))
        server.start()
        try:
            Player(server, dialogue, self).play()
        finally:
            server.stop()


class Client:
    """The client's side of one connection to the smtp port, in octets. Said EHLO already."""

    def __init__(self, test, server, hello=b"EHLO client.example"):
        self.test = test
        self.socket = socket.create_connection((server.ip, server.smtp), timeout=20)
        test.addCleanup(self.socket.close)
        self.replies = self.socket.makefile("rb")
        test.addCleanup(self.replies.close)
        test.assertTrue(self.reply().startswith(b"220 "))
        self.ask(hello, b"250")

    def reply(self):
        """The last line of the next reply; nothing at the end of the connection."""
        line = self.replies.readline()
        while line[3:4] == b"-":
            line = self.replies.readline()
        return line

    def say(self, octets):
        self.socket.sendall(octets)

    def ask(self, line, code):
        self.say(line + b"\r\n")
        reply = self.reply()
        self.test.assertTrue(reply.startswith(code), (line, reply))

    def send(self, sender, recipients, content):
        """One message; `content` is what follows 354, with dots stuffed."""
        self.ask(b"MAIL FROM:" + sender, b"250")
        for recipient in recipients:
            self.ask(b"RCPT TO:" + recipient, b"250")
        self.ask(b"DATA", b"354")
        self.ask(content + b".", b"250")


class OnTheWire(EndToEnd):
    def setUp(self):
        super().setUp()
        self.server = self.postrider()
        for name in ("alice", "bob", "jürgen"):
            self.server.add_user(f"{name}@a.example")
        self.server.start()

    def test_every_octet_reaches_the_mailbox(self):
        """S-044, S-050 to S-052, S-063, B-002: nothing is folded, encoded, cut or cleaned."""
        octets = bytes(c for c in range(1, 256) if c not in b"\r\n")
        lines = [b"SUBJECT:   spaces   stay  ", b"X-Folded: one", b"\t two", b"From: <a@b.example>", b"",
                 octets, b"x" * 998, b"y" * 2000, b"z" * 100_000, b"trailing \t", b"", b".", b"..", b".dot", b"", b""]
        client = Client(self, self.server)
        stuffed = b"".join((b"." + line if line.startswith(b".") else line) + b"\r\n" for line in lines)
        client.send(b"<a@b.example> BODY=8BITMIME", [b"<alice@a.example>"], stuffed)
        [message] = self.server.wait_mail("alice@a.example")
        sent = b"\n".join(lines) + b"\n"
        self.assertTrue(message.endswith(b"\n" + sent), "the text was changed")
        trace = email.message_from_bytes(message[:-len(sent)])
        self.assertEqual(trace.keys(), ["Return-Path", "Delivered-To", "Received"])

    def test_trace_fields_come_on_top_and_tell_the_truth(self):
        """S-006, S-041 to S-043."""
        client = Client(self, self.server)
        old = [b"Received: from two.example by three.example; Sat, 21 Nov 2026 12:00:01 +0000",
               b"Received: from one.example by two.example; Sat, 21 Nov 2026 12:00:00 +0000"]
        client.send(b"<Ann.Smith@CLIENT.Example>", [b"<alice@A.EXAMPLE>", b"<bob@a.example>"],
                    b"\r\n".join([*old, b"Return-Path: <forged@victim.example>", b"Subject: x", b"", b"text", b""]))
        for name in ("alice@a.example", "bob@a.example"):
            [raw] = self.server.wait_mail(name)
            message = email.message_from_bytes(raw)
            self.assertTrue(raw.startswith(b"Return-Path: <Ann.Smith@client.example>\n"), raw)
            self.assertEqual(len(message.get_all("Return-Path")), 1, raw)
            self.assertNotIn(b"forged", raw)
            ours, *others = message.get_all("Received")
            self.assertEqual([f"Received: {field}".encode() for field in others], old)
            self.assertRegex(ours, r"^from client\.example \(\[127\.[0-9.]+\]\)\s+by mx\.a\.example with ESMTP\s+"
                                   r"id \w{14};\s+\w{3}, +\d+ \w{3} \d{4} [0-9:]{8} [+-]\d{4}$")
            other = {"alice@a.example": b"bob", "bob@a.example": b"alice"}[name]
            self.assertNotIn(other, raw.lower(), "nobody is told who else gets it")

    def test_utf8_mail_says_so_in_its_trace(self):
        """I-008."""
        client = Client(self, self.server)
        client.send("<bärbel@b.example> SMTPUTF8".encode(), ["<jürgen@a.example>".encode()], "Subject: ü\r\n".encode())
        [raw] = self.server.wait_mail("jürgen@a.example")
        self.assertTrue(raw.startswith("Return-Path: <bärbel@b.example>\n".encode()), raw)
        self.assertRegex(raw, rb"\n\tby mx\.a\.example with UTF8SMTP\n")

    def test_half_a_command_holds_back_no_reply(self):
        """P-005: what is complete is answered, though more has begun to come."""
        client = Client(self, self.server)
        client.say(b"MAIL FROM:<a@b.example>\r\nRCPT TO:<ali")
        self.assertTrue(client.reply().startswith(b"250 2.1.0"))
        client.say(b"ce@a.example>\r\nDATA\r\ntext")
        self.assertTrue(client.reply().startswith(b"250 2.1.5"))
        self.assertTrue(client.reply().startswith(b"354"))
        client.say(b"\r\n.\r\nNOO")
        self.assertTrue(client.reply().startswith(b"250 2.0.0 Queued"))
        client.ask(b"P", b"250 2.0.0")

    def test_a_lone_line_feed_gets_nothing_done(self):
        """S-001: a line that has not ended may be waited for or refused, but not obeyed."""
        client = Client(self, self.server)
        client.socket.settimeout(1)
        client.say(b"NOOP\n")
        try:
            heard = client.socket.recv(512)
        except TimeoutError:
            return
        self.assertFalse(heard.startswith(b"2"), heard)

    def test_a_line_of_8_mb_is_neither_kept_nor_obeyed(self):
        """S-048."""
        client = Client(self, self.server)
        before = self.server.rss_kb()
        client.say(b"NOOP ")
        for _ in range(128):
            client.say(b"x" * 65536)
        grown = self.server.rss_kb() - before
        client.ask(b"", b"500 5.5.2")
        client.ask(b"NOOP", b"250")
        self.assertLess(grown, 2048)

    def test_tls_is_neither_compressed_nor_negotiated_anew(self):
        """T-009: a client that asks for a new handshake is told no: handshakes cost us more than him."""
        client = run(["openssl", "s_client", "-connect", f"{self.server.ip}:{self.server.smtp}", "-starttls", "smtp", "-tls1_2",
                      "-comp"], input="R\n")
        self.assertIn("Compression: NONE", client.stdout)
        self.assertIn("RENEGOTIATING", client.stderr)
        self.assertIn("no renegotiation", client.stderr)


main()
