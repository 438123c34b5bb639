#!/usr/bin/env python3
"""Milters: Debian's opendkim and rspamd, and one that does everything a milter may and may not do. rspamd over HTTP, too."""
import base64
import email
import email.policy
import os
import pathlib
import shutil
import smtplib
import struct
import subprocess
import sys

from support.case import EndToEnd, main
from support.milter import ScriptedMilter, packet
from support.process import SKIPPED, Process, can_connect, wait_for

ROOT = pathlib.Path(__file__).resolve().parents[3]
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

    def test_a_large_body_is_replaced_by_another_and_no_file_stays_behind(self):
        new = (b"y" * 70 + b"\r\n") * 5000
        self.milter.answers["E"] = b"".join(packet("b", new[at:at + 65535]) for at in range(0, len(new), 65535)) + \
            packet("m", struct.pack("!I", 1) + b"Subject\0large\0") + packet("c")
        client = self.stranger()
        for _ in range(2):
            client.sendmail("alice@a.example", ["bob@a.example"], BODY + ("x" * 70 + "\r\n") * 3000)
        self.milter.answers["E"] = packet("b", new[:65535]) + packet("t")
        self.assertEqual(client.mail("alice@a.example")[0], 250)
        client.rcpt("bob@a.example")
        self.assertEqual(client.data(BODY + ("x" * 70 + "\r\n") * 3000)[0], 451)
        for raw in self.server.wait_mail("bob@a.example", 2):
            self.assertTrue(raw.endswith(b"\nSubject: large\n\n" + new.replace(b"\r\n", b"\n")), raw[:600])
        spool = self.server.data / "spool"
        wait_for("the spool to be empty", lambda: not any(spool.iterdir()))

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


# What rspamd calls its verdict on a message with such a text, if it is to look for these.
GTUBE = "JS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\r\n"
REJECT, ADD_HEADER, REWRITE_SUBJECT = ("X" + GTUBE, "Y" + GTUBE, "Z" + GTUBE)
GREY = "a grey one\r\n"


class Rspamd(Milters):
    """Debian's rspamd, with nothing but its patterns for tests: asked as a milter, over HTTP, and by its client."""

    def rspamd(self):
        """ip:port of its worker for HTTP; its milter is where the server asks."""
        http = f"{self.milter_ip}:{self.net.port(9)}"
        home = self.folder / "rspamd"
        home.mkdir(exist_ok=True)
        # The real list of suffixes takes a minute to compile.
        (home / "suffixes").write_text("com\norg\nexample\n")
        (home / "rspamd.conf").write_text(
            f'options {{ pidfile = "{home}/pid"; filters = ""; cache_file = "{home}/cache"; hs_cache_dir = "{home}";\n'
            f'  url_tld = "{home}/suffixes"; control_socket = "{home}/control"; tempdir = "{home}";\n'
            f'  enable_test_patterns = true; }}\n'
            f'logging {{ type = "console"; level = "warning"; }}\n'
            f'worker "normal" {{ bind_socket = "{http}"; count = 1; }}\n'
            f'worker "rspamd_proxy" {{ bind_socket = "{self.milter_ip}:{self.milter_port}"; count = 1; milter = yes;\n'
            f'  timeout = 60s; upstream "local" {{ default = yes; self_scan = yes; }} }}\n'
            f'actions {{ reject = 15; add_header = 6; greylist = 4; }}\n'
            f'lua = "{home}/rules.lua";\n')
        (home / "rules.lua").write_text(
            "rspamd_config:register_symbol{ name = 'GREY', score = 4.5, callback = function(task)\n"
            "  return tostring(task:get_rawbody()):find('a grey one', 1, true) ~= nil end }\n")
        as_root = ["-i", "-u", "root", "-g", "root"] if os.geteuid() == 0 else []
        program = self.keep(Process([shutil.which("rspamd", path="/usr/bin:/usr/sbin"), "-f", *as_root,
                                     "-c", home / "rspamd.conf"], self.folder / "rspamd.log"))
        wait_for("rspamd", lambda: not program.running() or (
            can_connect(*http.split(":")) and can_connect(self.milter_ip, self.milter_port)), 90)
        self.assertTrue(program.running(), program.output())
        self.program = program
        return http

    def send(self, client, *texts):
        """(code, text) of the last reply to a message."""
        try:
            client.sendmail("alice@b.example", ["bob@a.example"], BODY + "".join(texts))
            return 250, ""
        except smtplib.SMTPResponseException as refused:
            return refused.smtp_code, refused.smtp_error.decode()

    def test_as_a_milter(self):
        self.rspamd()
        self.server.start()
        client = self.stranger()
        self.assertEqual(self.send(client, REJECT), (554, "5.7.1 Gtube pattern"))
        # The same session goes on, and what was said of one message is not said of the next.
        for texts in ((), (ADD_HEADER,), (REWRITE_SUBJECT,), (GREY,), ("x" * 70 + "\r\n",) * 20000):
            self.assertEqual(self.send(client, *texts), (250, ""))
        self.assertEqual(self.send(client, REJECT)[0], 554)
        plain, grey, marked, rewritten, large = sorted(self.server.wait_mail("bob@a.example", 5), key=self.order)
        self.assertIsNone(fields(grey)["X-Spam"])
        self.assertIsNone(fields(plain)["X-Spam"])
        self.assertIn(b"\nFrom: alice@a.example\nTo: bob@a.example\nSubject: a\n  folded   one\n\nhello\n", plain)
        self.assertEqual(fields(marked)["X-Spam"], "Yes")
        self.assertEqual(fields(rewritten).get_all("Subject"), ["*** SPAM *** a folded   one"])
        self.assertIsNone(fields(large)["X-Spam"])

    @staticmethod
    def order(raw):
        """As they were sent."""
        return (len(raw) > 100000, b"\nZJS*" in raw, b"\nYJS*" in raw, b"grey" in raw)

    def test_a_milter_that_was_restarted_in_the_middle_of_a_session(self):
        self.rspamd()
        self.server.start()
        client = self.stranger()
        self.assertEqual(self.send(client), (250, ""))
        self.program.stop()
        with self.assertRaises(smtplib.SMTPSenderRefused) as caught:
            client.sendmail("alice@b.example", ["bob@a.example"], BODY)
        self.assertEqual(caught.exception.smtp_code, 451)
        self.rspamd()
        self.assertEqual(self.send(client, REJECT), (554, "5.7.1 Gtube pattern"))
        self.assertEqual(self.send(client), (250, ""))

    def test_our_users_over_tls(self):
        self.rspamd()
        self.server.start()
        client = self.client(self.server, "alice@a.example")
        client.sendmail("alice@a.example", ["bob@a.example"], BODY + ADD_HEADER)
        [raw] = self.server.wait_mail("bob@a.example")
        self.assertEqual(fields(raw)["X-Spam"], "Yes")

    def test_over_http(self):
        url = f"http://{self.rspamd()}/checkv2"
        self.server = self.postrider("b", 2, hooks="spam", hook__spam__plugin="rspamd", hook__spam__url=url)
        self.server.add_user("bob@a.example").start()
        client = self.stranger()
        self.assertEqual(self.send(client, REJECT), (554, "5.7.1 Gtube pattern"))
        # "greylist" is a score: who is refused for it comes again and again and is never let in.
        for texts in ((), (ADD_HEADER,), (REWRITE_SUBJECT,), (GREY,)):
            self.assertEqual(self.send(client, *texts), (250, ""))
        plain, grey, marked, rewritten = sorted(self.server.wait_mail("bob@a.example", 4), key=self.order)
        self.assertIsNone(fields(grey)["X-Spam"])
        self.assertIsNone(fields(plain)["X-Spam"])
        self.assertEqual(fields(marked)["X-Spam"], "Yes")
        self.assertEqual(fields(rewritten).get_all("Subject"), ["*** SPAM *** a folded one"])
        self.program.stop()
        self.assertEqual(self.send(client)[0], 451)

    def test_by_the_example_of_a_program(self):
        http = self.rspamd()
        self.server = self.postrider("b", 2, **{"hooks": "post-data", "hook__post-data__plugin": "exec"})
        self.server.add_user("bob@a.example")
        example = (ROOT / "conf/hooks/post-data.example").read_text()
        hook = self.server.config / "hooks/post-data"
        hook.parent.mkdir()
        # The client's own option says where to ask; the rest is as it is shipped.
        hook.write_text(example.replace("\nset -u\n", f'\nset -u\nrspamc() {{ command rspamc -h {http} "$@"; }}\n'))
        self.assertNotEqual(hook.read_text(), example)
        hook.chmod(0o755)
        self.server.start()
        client = self.stranger()
        self.assertEqual(self.send(client, REJECT), (554, "5.7.1 This looks like spam to us"))
        self.assertEqual(self.send(client, ADD_HEADER), (250, ""))
        [raw] = self.server.wait_mail("bob@a.example")
        self.assertEqual(fields(raw)["X-Spam-Flag"], "YES")
        self.assertRegex(fields(raw)["X-Spamd-Score"], r"^[0-9.]+ / 15\.00$")
        self.program.stop()
        self.assertEqual(self.send(client, REJECT), (250, ""), "a filter that is gone is skipped")


missing = [name for name in ("opendkim", "rspamd") if not shutil.which(name, path="/usr/sbin:/usr/bin")]
if missing:
    print(f"not installed, skipped: {', '.join(missing)}")
    sys.exit(SKIPPED)
main()
