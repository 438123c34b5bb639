#!/usr/bin/env python3
"""Aliases as chasquid has them, the alias-resolve program, hosts named by via, and who may send as whom."""
import email
import smtplib
import ssl

from support.case import EndToEnd, main
from support.peer import ScriptedPeer
from support.process import wait_for

BODY = "From: alice@a.example\r\nSubject: x\r\n\r\nhello\r\n"


class Aliases(EndToEnd):
    def setUp(self):
        super().setUp()
        self.server = self.postrider(queue__retry="1s", domains=("a.example", "b.example"))
        for user in ("alice@a.example", "bob@a.example", "carol@b.example"):
            self.server.add_user(user)

    def start(self, aliases="", properties="", hook=None):
        self.server.domain_file("a.example", "aliases").write_text(aliases)
        self.server.domain_file("a.example", "domain.properties").write_text(properties)
        if hook is not None:
            self.write_hook(hook)
        self.server.start()

    def write_hook(self, script, mode=0o755):
        path = self.server.config / "hooks" / "alias-resolve"
        path.parent.mkdir(exist_ok=True)
        new = path.with_suffix(".new")
        new.write_text("#!/bin/sh\n" + script)
        new.chmod(mode)
        new.rename(path)
        return path

    def rcpt(self, address, sender="x@elsewhere.example"):
        """The reply to one RCPT on the MX port."""
        with smtplib.SMTP(self.server.ip, self.server.smtp, timeout=30) as client:
            client.ehlo("client.example")
            client.mail(sender)
            code, text = client.rcpt(address)
            return f"{code} {text.decode()}"

    def send(self, *recipients, sender="x@elsewhere.example", body=BODY):
        if isinstance(body, bytes):  # from a mailbox
            body = body.replace(b"\n", b"\r\n")
        with smtplib.SMTP(self.server.ip, self.server.smtp, timeout=30) as client:
            return client.sendmail(sender, list(recipients), body)

    def submit(self, sender, recipients, body=BODY, user="alice@a.example"):
        client = self.client(self.server, user)
        client.sendmail(sender, recipients, body)
        client.quit()

    def wait_reason(self, reason):
        """Until the journal says that a recipient was refused for this."""
        wait_for(reason, lambda: self.server.query("select 1 from decisions where step = 'rcpt' and outcome = 'refused' "
                                                   "and reason = ?", reason, database="journal.db"))

    def settled(self, count):
        wait_for(f"{count} deliveries", lambda: self.server.states() == {"delivered": count})

    def counts(self):
        return {name: len(self.server.mailbox(name))
                for name in ("alice@a.example", "bob@a.example", "carol@b.example")}


class Files(Aliases):
    def test_chasquids_behaviours(self):
        out = self.folder / "out"
        keep = self.folder / "keep"
        keep.write_text(f"#!/bin/sh\ncat > {out}.new && mv {out}.new {out}\n")
        keep.chmod(0o755)
        self.start(f"""# comment
team: alice, bob, alice+x, carol@b.example
bob: bob, carol@b.example

cmd: | {keep}
al.ice+shop: carol@b.example
moved: *@b.example
gone: nobody
loop: loop2
loop2: loop
*: alice
""")
        self.send("team@a.example")  # each once, however many ways lead there
        self.settled(3)
        self.assertEqual(self.counts(), {"alice@a.example": 1, "bob@a.example": 1, "carol@b.example": 1})
        self.send("b.o.b+tag@a.example", "alice+other@a.example", "carol@b.example")
        self.settled(6)
        self.assertEqual(self.counts(), {"alice@a.example": 2, "bob@a.example": 2, "carol@b.example": 2})
        self.send("alice+shop@a.example", "whoever@a.example", "gone@a.example")
        self.settled(8)
        self.assertEqual(self.counts(), {"alice@a.example": 3, "bob@a.example": 2, "carol@b.example": 3})
        self.send("cmd+x@a.example")
        wait_for("the program", out.exists)
        self.assertIn("Delivered-To: cmd+x@a.example", out.read_text())
        self.assertRegex(self.rcpt("loop@a.example"), "^550 5.4.6 ")
        self.assertRegex(self.rcpt("moved@a.example"), "^550 5.1.1 ")
        self.assertRegex(self.rcpt("nobody@b.example"), "^550 5.1.1 ")
        for reason in ("the alias loop@a.example comes back to itself", "nobody is behind the alias moved@a.example",
                       "there is no user or alias nobody@b.example"):
            self.wait_reason(reason)

    def test_a_broken_line_keeps_the_old_file_until_it_is_mended(self):
        self.start("info: alice\n")
        file = self.server.domain_file("a.example", "aliases")
        file.write_text("info: bob\nnew: bob via\n")
        wait_for("the complaint", lambda: "domains/a.example/aliases:2: new: " in self.server.log())
        self.send("info@a.example")
        self.server.wait_mail("alice@a.example")
        file.write_text("info: bob\nnew: bob\n")
        wait_for("the new file", lambda: self.rcpt("new@a.example").startswith("250"))

    def test_postmaster_and_abuse_reach_someone(self):
        self.start("abuse: bob\npostmaster: gone\n")
        for address, name in (("postmaster", "alice@a.example"), ("abuse@a.example", "bob@a.example"),
                              ("postmaster@b.example", "carol@b.example"), ("abuse@b.example", "carol@b.example")):
            before = len(self.server.mailbox(name))
            self.send(address)
            self.server.wait_mail(name, before + 1)

    def test_the_next_host_is_tried_when_the_first_refuses(self):
        first = self.keep(ScriptedPeer(self.net.ip(8), self.net.port(8), answers={"GREETING": "554 5.3.2 not here"}))
        second = self.keep(ScriptedPeer(self.net.ip(9), self.net.port(9)))
        via = f"{first.ip}:{first.port}/{second.ip}:{second.port}"
        self.start(f"far: dave@far.example via {via}\n*: * via {via}\n")
        self.send("far@a.example", "some.one+x@a.example", "alice@a.example")
        self.settled(3)
        self.assertTrue(first.conversations)
        self.assertEqual(first.contents(), [])
        self.assertEqual(sorted(r for t in second.transactions() for r in t),
                         ["dave@far.example", "some.one+x@a.example"])
        self.assertEqual(len(self.server.mailbox("alice@a.example")), 1)
        second.stop()
        second.hang_up()
        self.send("far@a.example")
        wait_for("a try", lambda: self.server.query("select 1 from queue_attempts where outcome = 'deferred'"))


class Program(Aliases):
    GOOD = """case "$1" in
  team@a.example) echo bob, carol@b.example;;
  self@a.example) echo self;;
  '*@b.example') echo alice@a.example;;
esac
"""

    def test_it_knows_more_than_the_files(self):
        self.start("team: alice\n", hook=self.GOOD)
        self.send("team+x@a.example", "unknown@b.example")
        self.settled(3)
        self.assertEqual(self.counts(), {"alice@a.example": 1, "bob@a.example": 1, "carol@b.example": 1})
        self.assertRegex(self.rcpt("nobody@a.example"), "^550 5.1.1 ")
        self.assertRegex(self.rcpt("self@a.example"), "^550 5.4.6 ")
        shown = self.server.ctl("alias", "show", "team@a.example").stdout
        self.assertIn("carol@b.example", shown)

    def test_what_it_does_wrong_means_later_and_never_unknown(self):
        self.start("team: alice\n", hook="exit 3\n")
        bad = {"exit 3": ("echo bob\nexit 3\n", 0o755), "nonsense": ("echo this is no alias\n", 0o755),
               "hangs": ("sleep 60\n", 0o755), "may not be run": ("echo bob\n", 0o644)}
        reasons = {"exit 3": "ended with status 3", "nonsense": "printed: ", "hangs": "took too long",
                   "may not be run": "is not executable"}
        for name, (script, mode) in bad.items():
            with self.subTest(name):
                self.write_hook(script, mode)
                wait_for(name, lambda: (self.rcpt("team@a.example"), reasons[name] in self.server.log())[1], 40)
                for address in ("team@a.example", "alice@a.example", "nobody@a.example"):
                    self.assertRegex(self.rcpt(address), "^451 4.3.0 ")
                    if name == "hangs":
                        break
        self.assertIn("is not executable", self.server.check()[1])
        self.write_hook(self.GOOD)
        wait_for("the mended program", lambda: self.rcpt("alice@a.example").startswith("250"))
        (self.server.config / "hooks" / "alias-resolve").unlink()
        wait_for("its end", lambda: self.rcpt("unknown@b.example").startswith("550"))
        self.assertTrue(self.server.process.running())


class Originators(Aliases):
    def refusal(self, sender, body=BODY):
        try:
            self.submit(sender, ["bob@a.example"], body)
        except smtplib.SMTPSenderRefused as error:
            return f"MAIL {error.smtp_code} {error.smtp_error.decode()}"
        except smtplib.SMTPDataError as error:
            return f"DATA {error.smtp_code} {error.smtp_error.decode()}"
        return "taken"

    def test_own_addresses_only(self):
        self.start("team: alice, bob\nbobs: bob\n", "sender.restrict = own\nfrom.restrict = domain\n")
        for sender in ("alice@a.example", "al.ice+x@a.example", "team@a.example", ""):
            self.assertEqual(self.refusal(sender), "taken", sender)
        for sender in ("bob@a.example", "bobs@a.example", "alice@b.example", "x@elsewhere.example"):
            self.assertRegex(self.refusal(sender), "^MAIL 550 5.7.1 ", sender)
        self.assertEqual(self.refusal("alice@a.example", BODY.replace("alice@", "anyone@")), "taken")
        self.assertEqual(self.refusal("alice@a.example", "Subject: no From\r\n\r\n"), "taken")
        for author in ("alice@b.example", "alice@a.example, carol@b.example", '"alice@a.example" <carol@b.example>'):
            self.assertRegex(self.refusal("alice@a.example", BODY.replace("alice@a.example", author)),
                             "^DATA 550 5.7.1 ", author)
        self.assertIn("from.restrict", self.server.query(
            "select reason from decisions where step = 'content' and outcome = 'refused' limit 1",
            database="journal.db")[0][0])
        self.assertEqual(self.server.query("select count(*) from decisions where step = 'mail' and outcome = 'refused'",
                                           database="journal.db"), [(4,)])
        # strangers may claim what they like: SPF and DMARC are about that
        self.assertEqual(self.send("bob@a.example", sender="alice@a.example"), {})

    def test_nobody_is_restricted_unless_the_domain_says_so(self):
        self.start()
        self.assertEqual(self.refusal("x@elsewhere.example", BODY.replace("alice@a", "x@elsewhere")), "taken")


class Content(Aliases):
    def test_forged_results_go_and_the_name_is_never_the_clients(self):
        self.start()
        self.send("alice@a.example", body="Authentication-Results: MX.A.example (x) 1;\r\n spf=pass\r\n"
                                          "Authentication-Results: other.example; spf=fail\r\n" + BODY)
        [raw] = self.server.wait_mail("alice@a.example")
        message = email.message_from_bytes(raw)
        self.assertEqual(message.get_all("Authentication-Results"), ["other.example; spf=fail"])
        client = smtplib.SMTP(self.server.ip, self.server.submission, timeout=30)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        client._host = "evil.example"  # what starttls() sends as SNI
        client.starttls(context=context)
        code, text = client.ehlo("client.example")
        self.assertEqual((code, text.split(b"\n")[0]), (250, b"mx.a.example"))
        client.login("alice@a.example", "secret-password")
        client.sendmail("alice@a.example", ["bob@a.example"], BODY)
        client.quit()
        [raw] = self.server.wait_mail("bob@a.example")
        received = email.message_from_bytes(raw).get_all("Received")
        self.assertEqual(len(received), 1)
        self.assertIn("by mx.a.example with ESMTPSA", received[0])
        self.assertNotIn(b"evil", raw)

    def test_two_servers_end_their_loop_and_say_so_once(self):
        other = self.postrider("b", 2, hostname="mx.c.example", domains=("c.example",), queue__retry="1s")
        other.add_user("dave@c.example")
        other.domain_file("c.example", "aliases").write_text(f"round: round@a.example via {self.server.ip}:{self.server.smtp}\n")
        self.start(f"round: round@c.example via {other.ip}:{other.smtp}\n")
        other.start()
        self.submit("dave@c.example", ["round@a.example"])  # whoever starts it is the one to refuse it
        [report] = other.wait_mail("dave@c.example", seconds=60)
        self.assertIn(b"\nStatus: 5.4.6\n", report)
        self.assertEqual(report.count(b"by mx.a.example with"), 11, "and not for ever")
        wait_for("the end", lambda: "pending" not in self.server.states() | other.states())
        self.assertEqual(len(other.mailbox("dave@c.example")), 1)

    def test_a_mailbox_takes_a_message_back_once(self):
        self.start()
        self.send("alice@a.example")
        [once] = self.server.wait_mail("alice@a.example")
        self.send("alice@a.example", body=once)
        twice = next(m for m in self.server.wait_mail("alice@a.example", 2) if m.count(b"\nDelivered-To:") == 2)
        with self.assertRaises(smtplib.SMTPDataError) as caught:
            self.send("alice@a.example", body=twice)
        self.assertEqual(caught.exception.smtp_code, 554)
        self.assertIn(b"5.4.6", caught.exception.smtp_error)
        self.send("bob@a.example", body=twice)
        self.server.wait_mail("bob@a.example")


main()
