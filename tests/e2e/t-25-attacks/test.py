#!/usr/bin/env python3
"""A hostile client against the real port: smuggling, relaying in disguise, injection, floods, churn, and a server short of descriptors."""
import base64
import collections
import os
import pathlib
import select
import socket
import ssl
import struct
import threading
import time

from support.case import EndToEnd, main
from support.http import get
from support.process import Process, wait_for

SMUGGLED = b"MAIL FROM:<evil@evil.example>\r\nRCPT TO:<bob@a.example>\r\nDATA\r\nSubject: smuggled\r\n\r\nevil\r\n.\r\n"
NO_ENDS = [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r.\r\n", b"\r\n.\r", b"\n.\r", b"\r.\n", b"\n\r.\n\r", b"\r\n\0.\r\n",
           b"\r\n.\0\r\n", b"\0\r\n.\0", b"\r\n.\r\r\n", b"\r\r\n.\r\r\n", b"\r\r\n.\r\n", b"\r\n.\n\r", b"\r\n .\r\n", b"\r\n. \r\n",
           b"\r\n.\t\r\n", b"\r\n..\r\n", b"\r\n\xef\xbb\xbf.\r\n", b"\r\n.\xef\xbb\xbf\r\n", b"\x0b.\x0b", b"\r\n\x0b.\r\n",
           b"\r\n\x0c.\r\n", b"\x85.\x85", b"\xc2\x85.\xc2\x85", b"\xe2\x80\xa8.\xe2\x80\xa8", b"\r\n\x1a\r\n", b"\r\n.\x1a\r\n"]
DISGUISES = [
    "<victim@remote.example>", "victim@remote.example", "<victim@REMOTE.EXAMPLE>", "<victim@remote.example.>", "<victim@localhost>",
    "<victim@[127.0.0.1]>", "<victim@[IPv6:::1]>", "<victim@[192.0.2.1]>", "<victim@192.0.2.1>", "<victim@3221225985>",
    "<postmaster@remote.example>", "<abuse@remote.example>", "<Postmaster@[127.0.0.1]>", "<MAILER-DAEMON@remote.example>",
    "<victim%remote.example@a.example>", "<victim%remote.example@mx.a.example>", '<"victim%remote.example"@a.example>',
    "<remote.example!victim@a.example>", "<remote.example!victim>", "<@a.example:victim@remote.example>",
    "<@a.example,@b.example:victim@remote.example>", '<"victim@remote.example"@a.example>', '<"victim@remote.example">',
    '<"victim\\@remote.example"@a.example>', "<victim@remote.example@a.example>", "<victim@a.example@remote.example>",
    "<victim@a.example.remote.example>", "<victim@a.example-remote.example>", "<victim@sub.a.example>", "<victim@mx.a.example>",
    "<victim(@a.example)@remote.example>", "<victim@remote.example(a.example)>", "<victim@remote.example\\@a.example>",
    "< victim@remote.example>", "<victim @remote.example>", "<victim@remote.example >", "<<victim@remote.example>>",
    "<victim@remote.example>@a.example", "<victim@remote.example><bob@a.example>", "<bob@a.example> <victim@remote.example>",
    "<bob@a.example,victim@remote.example>", "<bob@a.example;victim@remote.example>", "<victim@remote.example#a.example>",
    "<victim@remote.example/a.example>", "<victim@remote.example:25>", "<victim@remote.example\t>", "<victim\0@remote.example>",
    "<victim@remote.example\0@a.example>", "<bob@a.example\0>", "<=?utf-8?q?victim=40remote.example?=@a.example>",
    "<srs0=x=y=remote.example=victim@a.example>", "<victim=remote.example@a.example>", "<|/bin/sh@a.example>",
    '<"|touch /tmp/x"@a.example>', "</etc/passwd@a.example>", "<../../x@a.example>", "<*@a.example>",
    "<victim@remote.example> ORCPT=rfc822;bob@a.example"]
NASTY = ["'", '"', ";--", "%", "_", "\\", "' OR '1'='1", "'); DROP TABLE message;--", "é", "‮", "\U0001f600", "\0", "\x1b[2J", "\t",
         "$(id)", "`id`", "|id", "-o", "<script>alert(1)</script>", "\n", "%0d%0a", "+0D+0A", "x" * 300]


class Client:
    """One connection, in octets."""

    def __init__(self, test, server, port=None, source=None):
        address = (test.net.ip(source), 0) if source else None
        self.socket = socket.create_connection((server.ip, port or server.smtp), timeout=30, source_address=address)
        if port == server.submissions:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self.socket = context.wrap_socket(self.socket)
        self.replies = self.socket.makefile("rb")
        test.addCleanup(self.close)

    def close(self):
        self.replies.close()
        self.socket.close()

    def reply(self):
        """The last line of the next reply; nothing at the end of the connection."""
        line = self.replies.readline()
        while line[3:4] == b"-":
            line = self.replies.readline()
        return line

    def say(self, octets):
        try:
            self.socket.sendall(octets)
        except OSError:
            pass  # the server may have closed: what it said is still to be read

    def ask(self, line):
        self.say(line + b"\r\n")
        try:
            return self.reply()
        except OSError:
            return b""

    def codes(self):
        """Of all replies up to the end of the connection."""
        codes = []
        try:
            while line := self.reply():
                codes.append(line[:3])
        except OSError:
            pass  # cut while we were still sending: what was said before counts
        return codes

    def begin(self, *more):
        self.reply()
        for line in (b"EHLO client.example", b"MAIL FROM:<a@b.example>", b"RCPT TO:<bob@a.example>", *more):
            reply = self.ask(line)
            assert reply[:1] in (b"2", b"3"), (line, reply)
        return self


class Attacks(EndToEnd):
    def setUp(self):
        super().setUp()
        self.server = self.postrider(session__max_per_ip=500)
        self.server.add_user("bob@a.example")

    def proc(self, folder):
        return list(pathlib.Path(f"/proc/{self.server.process.pid}/{folder}").iterdir())

    def cpu(self):
        words = pathlib.Path(f"/proc/{self.server.process.pid}/stat").read_text().split()
        return (int(words[13]) + int(words[14])) / os.sysconf("SC_CLK_TCK")


class Protocol(Attacks):
    def test_nothing_but_the_end_is_an_end(self):
        """In one piece extra replies would show a hole, with a pause an early one; one refusal and the end show none."""
        self.server.start()
        for mark in NO_ENDS:
            with self.subTest(mark=mark, way="in one piece"):
                client = Client(self, self.server).begin(b"DATA")
                client.say(b"Subject: x\r\n\r\nbody" + mark + SMUGGLED + b"QUIT\r\n")
                self.assertIn(client.codes(), ([b"250", b"221"], [b"521"]))
            with self.subTest(mark=mark, way="with a pause"):
                client = Client(self, self.server).begin(b"DATA")
                client.say(b"Subject: x\r\n\r\nbody" + mark)
                early = select.select([client.socket], [], [], 0.1)[0]
                if not early:
                    client.say(SMUGGLED + b"QUIT\r\n")
                self.assertIn(client.codes(), ([b"521"],) if early else ([b"250", b"221"], [b"521"]))
        self.assertEqual(self.server.query("select distinct sender from queue_recipients"), [("a@b.example",)])

    def test_strangers_relay_in_no_disguise(self):
        self.server.start()
        for sender in (b"<bob@a.example>", b"<>"):
            for disguise in DISGUISES:
                with self.subTest(sender=sender, disguise=disguise):
                    client = Client(self, self.server)
                    client.reply()
                    client.ask(b"EHLO a.example")
                    self.assertEqual(client.ask(b"MAIL FROM:" + sender)[:3], b"250")
                    self.assertEqual(client.ask(b"RCPT TO:" + disguise.encode("latin-1"))[:1], b"5")
                    client.close()

    def test_nasty_text_stays_text(self):
        """In every field that reaches SQL, the log, the journal, the pages or a header; every message has its row."""
        self.server.domain_file("a.example", "aliases").write_text("*: bob\n")
        self.server.start()
        schema = self.server.query("select name from sqlite_master order by name")
        taken = sum(self.one_of_each(number, text) for number, text in enumerate(NASTY))
        self.assertGreater(taken, len(NASTY))
        wait_for("delivery", lambda: set(self.server.states()) == {"delivered"})
        self.assertEqual(self.server.query("select count(distinct queue_id) from queue_recipients"), [(taken,)])
        self.assertEqual(self.server.query("select name from sqlite_master order by name"), schema)
        for database in ("queue.db", "journal.db"):
            self.assertEqual(self.server.query("pragma integrity_check", database=database), [("ok",)])
        for message in self.server.mailbox("bob@a.example"):
            self.assertNotIn(b"\nX-Injected", message)
        for line in self.server.log().splitlines():
            self.assertRegex(line, r"^\d{4}-\d\d-\d\dT")
            self.assertTrue(line.isprintable(), line)
        for page in ("/", "/queue", "/sessions"):
            self.assertNotIn("<script>alert", get(self.server, page)[2])

    def one_of_each(self, number, text):
        """How many messages of a user were taken that have the text wherever they can."""
        raw = text.encode()
        quoted = ('"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"').encode()
        taken = 0
        guess = Client(self, self.server, self.server.submissions, source=2 + number)
        guess.reply()
        for line in (b"EHLO " + raw, b"EHLO x.example", b"AUTH PLAIN " + base64.b64encode(b"\0" + raw + b"@a.example\0" + raw),
                     b"VRFY " + raw, b"EXPN " + raw, b"ETRN " + raw, b"HELP " + raw, b"NOOP " + raw):
            guess.ask(line)
        for sender in (b"<" + quoted + b"@a.example> SMTPUTF8", b"<bob@a.example> SMTPUTF8"):
            client = Client(self, self.server, self.server.submissions, source=2 + number)
            client.reply()
            client.ask(b"EHLO x.example")
            self.assertEqual(client.ask(b"AUTH PLAIN " + base64.b64encode(b"\0bob@a.example\0secret-password"))[:3], b"235")
            self.assertEqual(client.ask(b"MAIL FROM:" + sender + b" ENVID=x+0D+0AX-Injected:")[:1], b"5")
            if client.ask(b"MAIL FROM:" + sender)[:3] != b"250":
                continue
            client.ask(b"RCPT TO:<" + quoted + b"@a.example>")
            client.ask(b"RCPT TO:<bob+" + raw + b"@a.example>")
            client.ask(b"RCPT TO:<bob@a.example> ORCPT=rfc822;x+0D+0AX-Injected:")
            client.ask(b"RCPT TO:<bob@a.example>")
            if client.ask(b"DATA")[:3] != b"354":
                continue
            line = raw.replace(b"\n", b"").replace(b"\0", b"")
            taken += client.ask(b"From: " + line + b"\r\nMessage-ID: <" + line + b">\r\n\r\n" + line + b"\r\n.")[:3] == b"250"
        return taken


class Resources(Attacks):
    def test_no_shape_of_content_costs_much(self):
        self.server.start()
        shapes = {
            "header fields": b"".join(b"X-%d: y\r\n" % n for n in range(20_000)),
            "folds": b"Subject: x\r\n" + b" y\r\n" * 50_000,
            "a field of 1 MB": b"Subject: " + b"x" * 1_000_000 + b"\r\n",
            "a line of 8 MB": b"x" * 8_000_000 + b"\r\n",
            "nested parts": b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3000)),
            "nested messages": b"Content-Type: message/rfc822\r\n\r\n" * 2000,
            "Received": b"Received: from a by b; x\r\n" * 20_000,
            "comments": b"From: " + b"(" * 200_000 + b"\r\nAuthentication-Results: " + b"(" * 200_000 + b"\r\n",
            "addresses": b"From: " + b"a@b.example,\r\n " * 60_000 + b"c@d.example\r\n",
            "dots": b"..\r\n" * 1_000_000,
            "empty lines": b"\r\n" * 1_000_000}
        Client(self, self.server).begin(b"DATA").ask(b"warm\r\n.")
        before = self.server.rss_kb()
        for name, octets in shapes.items():
            with self.subTest(name):
                spent = self.cpu()
                client = Client(self, self.server).begin(b"DATA")
                self.assertRegex(client.ask(octets + b"\r\n."), rb"^(250|552|554) ")
                self.assertLess(self.cpu() - spent, 3, "seconds of processor time")
        self.assertLess(self.server.rss_kb() - before, 24 * 1024)
        wait_for("delivery", lambda: set(self.server.states()) == {"delivered"})

    def test_floods_end_and_leave_nothing(self):
        self.server.start()
        Client(self, self.server).begin(b"DATA").ask(b"warm\r\n.")
        before = self.server.rss_kb()
        for line in (b"NOOP\r\n", b"RSET\r\n", b"EHLO x\r\n", b"XYZZY\r\n", b"BDAT 1\r\nx", b"BDAT 0\r\n", b"RCPT TO:<bob@a.example>\r\n",
                     b"RCPT TO:<nobody@a.example>\r\n"):
            with self.subTest(line=line):
                client = Client(self, self.server).begin()
                threading.Thread(target=self.flood, args=(client.socket, line * 1000, 30), daemon=True).start()
                self.assertEqual(client.codes()[-1], b"421")
        self.assertLess(self.server.rss_kb() - before, 16 * 1024)
        self.assertEqual(Client(self, self.server).begin(b"DATA").ask(b"after\r\n.")[:3], b"250")

    @staticmethod
    def flood(sock, octets, times):
        try:
            for _ in range(times):
                sock.sendall(octets)
        except OSError:
            pass  # the server has hung up, as it should

    def sockets(self):
        links = collections.Counter()
        for link in self.proc("fd"):
            try:
                links[os.readlink(link).split(":")[0]] += 1
            except FileNotFoundError:
                continue  # closed meanwhile
        return links["socket"]

    def test_churn_and_resets_leave_no_descriptors(self):
        self.server.start()
        before = self.sockets()
        visitors = [threading.Thread(target=self.churn, args=(20,)) for _ in range(8)]
        for thread in visitors:
            thread.start()
        for thread in visitors:
            thread.join()
        wait_for("the sockets to be closed", lambda: self.sockets() == before)
        self.assertEqual(list((self.server.data / "spool").iterdir()), [])
        self.assertIn("postrider_sessions 0", get(self.server, "/metrics")[2])

    def churn(self, rounds):
        reset = struct.pack("ii", 1, 0)
        content = b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<bob@a.example>\r\n"
        for what in (b"", b"EHLO x\r\nSTARTTLS\r\n" + b"\x16\x03\x01\x02", content + b"DATA\r\n" + b"x" * 100_000,
                     content + b"BDAT 200000\r\n" + b"x" * 100_000, b"GET / HTTP/1.1\r\n\r\n", bytes(range(256)) * 10) * rounds:
            for way in ("reset", "half", "close"):
                with socket.create_connection((self.server.ip, self.server.smtp), timeout=30) as sock:
                    try:
                        sock.sendall(what)
                        if way == "reset":
                            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
                        if way == "half":
                            sock.shutdown(socket.SHUT_WR)
                            sock.recv(512)
                    except OSError:
                        pass  # cut off: that is allowed

    def test_out_of_descriptors(self):
        """Who comes hears 421, the server does not spin, serves again when there are some, and has lost nothing."""
        self.server.process = Process(["prlimit", "--nofile=60:60", *self.server.argv()], self.server.folder / "postrider.log")
        wait_for("the start", lambda: " info started " in self.server.log())
        clients = [Client(self, self.server) for _ in range(100)]
        greetings = collections.Counter(client.reply()[:3] for client in clients)
        self.assertEqual(set(greetings), {b"220", b"421"}, greetings)
        spent = self.cpu()
        time.sleep(1)
        self.assertLess(self.cpu() - spent, 0.5)
        for client in clients:
            client.close()
        wait_for("a place", lambda: Client(self, self.server).reply()[:3] == b"220")
        self.assertEqual(Client(self, self.server).begin(b"DATA").ask(b"text\r\n.")[:3], b"250")
        self.server.wait_mail("bob@a.example")


main()
