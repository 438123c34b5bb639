#!/usr/bin/env python3
"""Milters: Debian's opendkim, and one that does everything a milter may and may not do. And rspamd, where it is."""
import base64
import email
import email.policy
import shutil
import smtplib
import struct
import subprocess
import sys
import unittest

from support.case import EndToEnd, main
from support.milter import ScriptedMilter, packet
from support.process import SKIPPED, Process, can_connect, wait_for

BODY = "From: alice@a.example\r\nTo: bob@a.example\r\nSubject: a\r\n  folded   one\r\n\r\nhello\r\n\r\n\r\n"


def fields(raw):
    return email.message_from_bytes(raw, policy=email.policy.compat32)


class Milters(EndToEnd):
    def setUp(self):
        super().setUp()
        self.milter_ip, self.milter_port = self.net.ip(9), self.net.port(9)
        self.server = self.postrider(hooks="m", hook__m__plugin="milter", hook__m__timeout="5s",
                                     hook__m__socket=f"inet:{self.milter_ip}:{self.milter_port}")
        for name in ("alice", "bob", "carol"):
            self.server.add_user(f"{name}@a.example")

    def stranger(self):
        client = smtplib.SMTP(self.server.ip, self.server.smtp, timeout=30)
        self.addCleanup(client.close)
        return client


class OpenDkim(Milters):
    def opendkim(self, mode):
        keys = self.folder / "keys"
        keys.mkdir(mode=0o700, exist_ok=True)
        if not (keys / "key.pem").exists():
            subprocess.run(["openssl", "genrsa", "-traditional", "-out", keys / "key.pem", "2048"], check=True,
                           capture_output=True)
            (keys / "key.pem").chmod(0o600)
        public = subprocess.run(["openssl", "rsa", "-in", keys / "key.pem", "-pubout", "-outform", "DER"], check=True,
                                capture_output=True).stdout
        (keys / "testkeys").write_text(f"sel._domainkey.a.example v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}\n")
        config = self.folder / f"opendkim-{mode}.conf"
        config.write_text(f"Mode {mode}\nSocket inet:{self.milter_port}@{self.milter_ip}\nSyslog no\n"
                          f"Domain a.example\nSelector sel\nKeyFile {keys / 'key.pem'}\nRequireSafeKeys no\n"
                          f"Canonicalization simple/simple\nOversignHeaders From\nTestPublicKeys {keys / 'testkeys'}\n"
                          f"InternalHosts 192.0.2.1\nAuthservID mx.a.example\nAlwaysAddARHeader yes\n")
        program = self.keep(Process([shutil.which("opendkim", path="/usr/sbin:/usr/bin"), "-f", "-x", config, "-A"],
                                    self.folder / f"opendkim-{mode}.log"))
        wait_for("opendkim", lambda: can_connect(self.milter_ip, self.milter_port) or not program.running())
        self.assertTrue(program.running(), program.output())
        return program

    def test_what_it_signs_it_verifies(self):
        signer = self.opendkim("s")
        self.server.start()
        client = self.client(self.server, "alice@a.example")
        client.sendmail("alice@a.example", ["bob@a.example"], BODY)
        client.quit()
        [signed] = self.server.wait_mail("bob@a.example")
        signature = fields(signed)["DKIM-Signature"]
        self.assertIn("d=a.example", signature)
        signer.stop()

        self.opendkim("v")
        begin = signed.index(b"DKIM-Signature:")
        sent = signed[begin:].replace(b"\n", b"\r\n")
        self.stranger().sendmail("alice@a.example", ["carol@a.example"], sent)
        [checked] = self.server.wait_mail("carol@a.example")
        self.assertIn("dkim=pass", fields(checked)["Authentication-Results"])

        broken = self.stranger()
        broken.sendmail("alice@a.example", ["carol@a.example"], sent.replace(b"hello", b"jello"))
        results = [fields(raw)["Authentication-Results"] for raw in self.server.wait_mail("carol@a.example", 2)]
        self.assertEqual(sorted("dkim=pass" in result for result in results), [False, True])

    def test_without_it_mail_waits_and_the_session_lives(self):
        program = self.opendkim("v")
        self.server.start()
        client = self.stranger()
        client.ehlo("client.example")
        program.stop()
        self.assertEqual(client.mail("alice@a.example"), (451, b"4.3.0 A check could not be made, please try again later"))
        self.assertEqual(client.noop()[0], 250)
        self.opendkim("v")
        client.sendmail("alice@a.example", ["bob@a.example"], BODY)
        [raw] = self.server.wait_mail("bob@a.example")
        self.assertIn("Authentication-Results", fields(raw))
        self.assertIn("hook-fault", self.server.log())


class Scripted(Milters):
    def setUp(self):
        super().setUp()
        self.milter = self.keep(ScriptedMilter(self.milter_ip, self.milter_port))
        self.server.start()

    def refused(self, code):
        """What a stranger hears who sends a message."""
        with self.assertRaises(smtplib.SMTPException) as caught:
            self.stranger().sendmail("alice@a.example", ["bob@a.example"], BODY)
        error = caught.exception
        answer = next(iter(error.recipients.values())) if hasattr(error, "recipients") else \
            (error.smtp_code, error.smtp_error)
        self.assertEqual(answer[0], code)
        return answer[1].decode()

    def test_every_change_is_made(self):
        new = b"A new body.\r\n" + b"x" * 76 + b"\r\n"
        self.milter.answers["E"] = b"".join([
            packet("h", b"X-Last\0below all\0"),
            packet("i", struct.pack("!I", 1) + b"X-First\0above all;\n\tfolded\0"),
            packet("m", struct.pack("!I", 1) + b"Subject\0another\0"),
            packet("m", struct.pack("!I", 1) + b"To\0\0"),
            packet("p"),
            packet("b", new[:20]), packet("b", new[20:]),
            packet("+", b"<carol@a.example>\0"), packet("-", b"<bob@a.example>\0"),
            packet("e", b"<alice+bounces@a.example>\0"), packet("c")])
        self.stranger().sendmail("alice@a.example", ["bob@a.example"], BODY)
        [raw] = self.server.wait_mail("carol@a.example")
        message = fields(raw)
        self.assertEqual(message["Return-Path"], "<alice+bounces@a.example>")
        self.assertIsNone(message["To"])
        self.assertEqual(message["Subject"], "another")
        self.assertIn(b"\nX-First: above all;\n\tfolded\nFrom:", raw)
        self.assertTrue(raw.endswith(b"\nX-Last: below all\n\n" + new.replace(b"\r\n", b"\n")), raw)
        self.assertEqual(self.server.mailbox("bob@a.example"), [])
        self.assertTrue(self.milter.commands().startswith("OCHMRTLLLNBE"), self.milter.commands())

    def test_quarantine_holds_the_message_until_it_is_released(self):
        self.milter.answers["E"] = packet("q", b"looks odd\0") + packet("c")
        self.stranger().sendmail("alice@a.example", ["bob@a.example"], BODY)
        [(queue_id,)] = wait_for("the message", lambda: self.server.query("select queue_id from queue where state = 'held'"))
        self.assertEqual(self.server.mailbox("bob@a.example"), [])
        self.server.ctl("queue", "release", queue_id)
        self.server.wait_mail("bob@a.example")

    def test_every_refusal_is_passed_on(self):
        for at, answer, code in (("M", packet("r"), 550), ("M", packet("t"), 451), ("R", packet("r"), 550),
                                 ("R", packet("y", b"452 4.5.3 not so many\0"), 452), ("E", packet("r"), 550),
                                 ("E", packet("y", b"554-5.7.1 one\r\n554 5.7.1 two\0"), 554),
                                 ("N", packet("t"), 451)):
            with self.subTest(at=at, answer=answer):
                self.milter.answers = {at: answer}
                self.refused(code)
        self.milter.answers = {"E": packet("d")}
        self.stranger().sendmail("alice@a.example", ["bob@a.example"], BODY)
        self.milter.answers = {"C": packet("r")}
        with self.assertRaises(smtplib.SMTPConnectError):
            self.stranger()
        self.milter.answers = {}
        self.stranger().sendmail("alice@a.example", ["bob@a.example"], BODY)
        self.assertEqual(len(self.server.wait_mail("bob@a.example")), 1)

    def test_nonsense_defers_one_message_and_changes_nothing(self):
        nonsense = [packet("z"), b"\0\0\0\0", b"\x7f\xff\xff\xff", b"GET / HTTP/1.0\r\n\r\n",
                    packet("h", b"X-A\0b\0") + packet("z"), packet("h", b"X-A") + packet("c"),
                    packet("i", struct.pack("!I", 1) + b"Bad Name\0x\0") + packet("c"), packet("s")]
        for answer in nonsense:
            with self.subTest(answer=answer):
                self.milter.answers = {"E": answer}
                client = self.stranger()
                with self.assertRaises(smtplib.SMTPDataError) as caught:
                    client.sendmail("alice@a.example", ["bob@a.example"], BODY)
                self.assertEqual(caught.exception.smtp_code, 451)
                self.milter.answers = {}
                client.sendmail("alice@a.example", ["bob@a.example"], BODY)
        for raw in self.server.wait_mail("bob@a.example", len(nonsense)):
            self.assertNotIn(b"X-A", raw)

    def test_silence_defers_one_message_in_time(self):
        self.milter.answers = {"E": None}
        self.assertIn("A check could not be made", self.refused(451))
        self.milter.answers = {}
        self.stranger().sendmail("alice@a.example", ["bob@a.example"], BODY)
        self.server.wait_mail("bob@a.example")


@unittest.skipUnless(shutil.which("rspamd"), "rspamd is not installed")
class Rspamd(Milters):
    """rspamd itself, with nothing but its patterns for tests."""

    def rspamd(self):
        ip, port = self.net.ip(8), self.net.port(8)
        home = self.folder / "rspamd"
        home.mkdir()
        # The real list of suffixes takes a minute to compile.
        (home / "suffixes").write_text("com\norg\nexample\n")
        (home / "rspamd.conf").write_text(
            f'options {{ pidfile = "{home}/pid"; filters = ""; cache_file = "{home}/cache"; hs_cache_dir = "{home}";\n'
            f'  url_tld = "{home}/suffixes"; control_socket = "{home}/control"; tempdir = "{home}"; }}\n'
            f'logging {{ type = "console"; level = "warning"; }}\n'
            f'worker "normal" {{ bind_socket = "{ip}:{port}"; count = 1; }}\n'
            f'actions {{ reject = 15; add_header = 6; }}\n')
        program = self.keep(Process(["rspamd", "-f", "-i", "-u", "root", "-g", "root", "-c", home / "rspamd.conf"],
                                    self.folder / "rspamd.log"))
        wait_for("rspamd", lambda: can_connect(ip, port) or not program.running(), 90)
        self.assertTrue(program.running(), program.output())
        return f"http://{ip}:{port}/checkv2"

    def test_what_it_says_is_done(self):
        self.server = self.postrider("b", 2, hooks="spam", hook__spam__plugin="rspamd", hook__spam__url=self.rspamd())
        self.server.add_user("bob@a.example").start()
        pattern = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\r\n"
        with self.assertRaises(smtplib.SMTPDataError) as caught:
            self.stranger().sendmail("alice@b.example", ["bob@a.example"], BODY + pattern)
        self.assertEqual((caught.exception.smtp_code, caught.exception.smtp_error), (554, b"5.7.1 Gtube pattern"))
        self.stranger().sendmail("alice@b.example", ["bob@a.example"], BODY)
        [passed] = self.server.wait_mail("bob@a.example")
        self.assertIsNone(fields(passed)["X-Spam"])


if not shutil.which("opendkim", path="/usr/sbin:/usr/bin"):
    print("opendkim is not installed: skipped")
    sys.exit(SKIPPED)
main()
