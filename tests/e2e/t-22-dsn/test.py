#!/usr/bin/env python3
"""What NOTIFY, RET, ENVID, ORCPT, REQUIRETLS, BODY=BINARYMIME and HOLDFOR cause, from the client's command to the next hop and back."""
import email
import email.policy
import time

from support.case import EndToEnd, main
from support.peer import ScriptedPeer
from support.process import wait_for

BODY = "Subject: x\r\nMessage-ID: <1@a.example>\r\n\r\nhello\r\n"
EXTENSIONS = ("PIPELINING", "8BITMIME")


class Notifications(EndToEnd):
    def setUp(self):
        super().setUp()
        self.port = self.net.port(1)
        dns = self.dns(*[f"{name}.example. MX 10 mx.{name}.example." for name in ("old", "new", "slow")],
                       *[f"mx.{name}.example. A {self.net.ip(number)}"
                         for number, name in enumerate(("old", "new", "slow"), 11)])
        self.old, self.new, self.slow = (
            self.keep(ScriptedPeer(self.net.ip(number), self.port, f"mx.{name}.example", extensions))
            for number, (name, extensions) in enumerate((("old", EXTENSIONS), ("new", (*EXTENSIONS, "DSN")),
                                                         ("slow", EXTENSIONS)), 11))
        self.old.answers["RCPT"] = lambda command: "550 5.1.1 no such user" if "<nobody" in command else "250 ok"
        self.slow.answers["RCPT"] = "451 4.2.1 come back later"
        self.server = self.postrider(dns__forward=dns.forward, courier__smtp__port=self.port, queue__retry="1s",
                                     queue__give_up_after="1h", queue__warn_after="2s")
        self.server.add_user("alice@a.example").add_user("bob@a.example")
        self.server.domain_file("a.example", "aliases").write_text("team: bob, carol@old.example\nrob: bob\n")
        self.server.start()

    def submit(self, *recipients, mail=(), rcpt=(), body=BODY):
        client = self.client(self.server, "alice@a.example")
        client.sendmail("alice@a.example", list(recipients), body, mail_options=mail, rcpt_options=rcpt)
        client.quit()

    def reports(self, count=1):
        """The notifications that alice has, oldest first."""
        found = [email.message_from_bytes(raw, policy=email.policy.default)
                 for raw in self.server.wait_mail("alice@a.example", count)]
        self.assertEqual(len(found), count)
        for report in found:
            self.assertEqual(report["Return-Path"], "<>")
            self.assertEqual(report.get_content_type(), "multipart/report")
        return found

    def one(self, report):
        """The fields of the message and of its only recipient."""
        fields, recipient = report.get_payload()[1].get_payload()
        return fields, recipient

    def wait_state(self, recipient, state):
        wait_for(f"{recipient} {state}", lambda: self.server.query(
            "select 1 from queue_recipients where recipient = ? and state = ?", recipient, state))

    def test_a_hop_without_dsn_is_reported_as_relayed(self):
        self.submit("carol@old.example", mail=["RET=FULL", "ENVID=QQ+2B314"],
                    rcpt=["NOTIFY=SUCCESS,FAILURE", "ORCPT=rfc822;Carol+2Bx@list.example"])
        [report] = self.reports()
        fields, recipient = self.one(report)
        self.assertEqual(fields["Original-Envelope-Id"], "QQ+314")
        self.assertEqual(recipient["Action"], "relayed")
        self.assertEqual(recipient["Status"], "2.0.0")
        self.assertEqual(recipient["Remote-MTA"], "dns; mx.old.example")
        self.assertEqual(recipient["Original-Recipient"], "rfc822;Carol+x@list.example")
        self.assertEqual(report.get_payload()[2].get_content_type(), "text/rfc822-headers")
        said = self.old.conversations[0].commands
        self.assertFalse([line for line in said if "NOTIFY" in line or "ENVID" in line or "ORCPT" in line])

    def test_a_hop_with_dsn_gets_the_parameters_and_reports_itself(self):
        self.submit("carol@new.example", mail=["RET=HDRS", "ENVID=QQ+2B314"],
                    rcpt=["NOTIFY=SUCCESS,DELAY", "ORCPT=rfc822;Carol+2Bx@list.example"])
        self.wait_state("carol@new.example", "delivered")
        [mail] = [line for line in self.new.conversations[0].commands if line.startswith("MAIL")]
        [rcpt] = [line for line in self.new.conversations[0].commands if line.startswith("RCPT")]
        self.assertTrue(mail.endswith(" RET=HDRS ENVID=QQ+2B314"), mail)
        self.assertEqual(rcpt, "RCPT TO:<carol@new.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;Carol+2Bx@list.example")
        self.assertEqual(self.server.query("select count(*) from queue_recipients where sender = '<>'"), [(0,)])

    def test_never_is_silence(self):
        self.submit("nobody@old.example", rcpt=["NOTIFY=NEVER"])
        self.wait_state("nobody@old.example", "failed")
        self.assertEqual(self.server.query("select count(*) from queue_recipients where sender = '<>'"), [(0,)])
        self.assertEqual(self.server.mailbox("alice@a.example"), [])

    def test_failures_come_back_whole_when_that_is_wanted(self):
        for number, (ret, kind) in enumerate((("FULL", "message/rfc822"), ("HDRS", "text/rfc822-headers")), 1):
            self.submit("nobody@old.example", mail=[f"RET={ret}"], rcpt=["NOTIFY=FAILURE"])
            report = self.reports(number)[-1]
            self.assertEqual(self.one(report)[1]["Action"], "failed")
        kinds = sorted(report.get_payload()[2].get_content_type() for report in self.reports(2))
        self.assertEqual(kinds, ["message/rfc822", "text/rfc822-headers"])

    def test_mailboxes_and_aliases(self):
        self.submit("bob@a.example", rcpt=["NOTIFY=SUCCESS"])
        self.assertEqual(self.one(self.reports(1)[0])[1]["Action"], "delivered")
        self.submit("rob@a.example", rcpt=["NOTIFY=SUCCESS", "ORCPT=rfc822;rob@a.example"])
        actions = sorted(self.one(report)[1]["Original-Recipient"] or "" for report in self.reports(2))
        self.assertEqual(actions, ["", "rfc822;rob@a.example"])

    def test_an_alias_of_several_is_expanded(self):
        self.submit("team@a.example", rcpt=["NOTIFY=SUCCESS"])
        self.server.wait_mail("bob@a.example")
        wait_for("carol's copy", self.old.contents)
        [report] = self.reports(1)
        recipient = self.one(report)[1]
        self.assertEqual((recipient["Action"], recipient["Final-Recipient"]), ("expanded", "rfc822; team@a.example"))
        wait_for("the end", lambda: self.server.states() == {"delivered": 3})
        self.reports(1)

    def test_who_is_late_is_told_of_once(self):
        self.submit("carol@slow.example")
        [report] = self.reports(1)
        self.assertEqual(report["Subject"], "Your message is delayed")
        recipient = self.one(report)[1]
        self.assertEqual((recipient["Action"], recipient["Status"]), ("delayed", "4.2.1"))
        self.assertTrue(recipient["Will-Retry-Until"])
        self.assertEqual(self.server.query(
            "select state, warned is not null from queue_recipients where recipient = 'carol@slow.example'"),
            [("pending", 1)])
        seen = len(self.slow.conversations)
        wait_for("two more attempts", lambda: len(self.slow.conversations) >= seen + 2)
        self.reports(1)
        self.submit("dave@slow.example", rcpt=["NOTIFY=FAILURE"])
        wait_for("it to be late", lambda: self.server.query(
            "select 1 from queue_recipients where recipient = 'dave@slow.example' and delay > 4"))
        self.reports(1)

    def test_what_is_to_be_released_later_waits_in_sight(self):
        began = time.time()
        self.submit("carol@old.example", mail=["HOLDFOR=4"])
        [(due,)] = self.server.query("select strftime('%s', next_attempt) - unixepoch() from queue")
        self.assertGreaterEqual(due, 1)
        wait_for("the delivery", self.old.contents)
        self.assertGreaterEqual(time.time() - began, 2.9)

    def test_requiretls_is_kept_or_the_message_comes_back(self):
        self.submit("carol@old.example", mail=["REQUIRETLS"])
        [report] = self.reports(1)
        self.assertEqual(self.one(report)[1]["Status"], "5.7.30")
        self.assertEqual(report.get_payload()[2].get_content_type(), "text/rfc822-headers")
        self.assertEqual(self.old.contents(), [])

    def test_binary_content_does_not_go_to_who_does_not_take_it(self):
        client = self.client(self.server, "alice@a.example")
        client.ehlo_or_helo_if_needed()
        self.assertEqual(client.docmd("MAIL", "FROM:<alice@a.example> BODY=BINARYMIME")[0], 250)
        self.assertEqual(client.docmd("RCPT", "TO:<carol@old.example>")[0], 250)
        octets = BODY.encode() + b"lone\nline ends\0\r\n"
        client.send(f"BDAT {len(octets)} LAST\r\n".encode() + octets)
        self.assertEqual(client.getreply()[0], 250)
        self.assertEqual(self.one(self.reports(1)[0])[1]["Status"], "5.6.3")
        self.assertEqual(self.old.contents(), [])


main()
