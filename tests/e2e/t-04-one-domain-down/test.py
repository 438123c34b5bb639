#!/usr/bin/env python3
"""A message to two domains, one down: the first is delivered, the second is retried and then bounces with a correct DSN."""
import email
import email.policy

from support.case import EndToEnd, main
from support.process import wait_for


class OneDomainDown(EndToEnd):
    def setUp(self):
        super().setUp()
        ip, down = self.net.ip, self.net.ip(66)
        dns = self.dns("b.example. MX 10 mx.b.example.", f"mx.b.example. A {ip(2)}",
                       "down.example. MX 10 mx.down.example.", f"mx.down.example. A {down}",
                       "nomail.example. MX 0 .", f"nomail.example. A {ip(2)}",
                       f"bare.example. A {ip(2)}")
        self.receiver = self.postrider("b", 2, hostname="mx.b.example", domains=("b.example", "bare.example"))
        self.receiver.add_user("bob@b.example").add_user("rob@bare.example").start()
        self.sender = self.postrider("a", 1, dns__forward=dns.forward, courier__smtp__port=self.receiver.smtp,
                                     queue__retry="1s", queue__give_up_after="4s")
        self.sender.add_user("alice@a.example").start()

    def send(self, *recipients, body="Subject: two ways\r\n\r\nhello\r\n"):
        client = self.client(self.sender, "alice@a.example")
        client.sendmail("alice@a.example", list(recipients), "From: alice@a.example\r\n" + body)
        client.quit()

    def dsn(self, number=1):
        raw = self.sender.wait_mail("alice@a.example", number, 60)[number - 1]
        return email.message_from_bytes(raw, policy=email.policy.default)

    def fields(self, dsn):
        report = dsn.get_payload()[1].get_payload()
        return report[0], report[1:]

    def test_one_delivered_one_bounced(self):
        self.send("bob@b.example", "carol@down.example")
        self.assertIn(b"hello", self.receiver.wait_mail("bob@b.example")[0])
        dsn = self.dsn()
        self.assertEqual(dsn["Return-Path"], "<>")
        self.assertEqual(dsn["To"], "alice@a.example")
        self.assertEqual(dsn["Auto-Submitted"].split(";")[0].strip(), "auto-replied")
        self.assertEqual(dsn.get_content_type(), "multipart/report")
        self.assertEqual(dsn.get_param("report-type"), "delivery-status")
        self.assertEqual([p.get_content_type() for p in dsn.get_payload()][:2],
                         ["text/plain", "message/delivery-status"])
        message, recipients = self.fields(dsn)
        self.assertEqual(message["Reporting-MTA"], "dns; mx.a.example")
        self.assertEqual(len(recipients), 1)
        self.assertEqual(recipients[0]["Final-Recipient"], "rfc822; carol@down.example")
        self.assertEqual(recipients[0]["Action"], "failed")
        self.assertRegex(recipients[0]["Status"], r"^[45]\.4\.")
        self.assertIn("carol@down.example", dsn.get_payload()[0].get_content())
        self.assertEqual(self.sender.states()["expired"], 1)
        [(attempts,)] = self.sender.query(
            "select count(*) from queue_attempts where recipient = 'carol@down.example'")
        self.assertGreaterEqual(attempts, 2, "it was retried")

    def test_refusal_of_the_peer_reaches_the_sender(self):
        self.send("nobody@b.example")
        _, [recipient] = self.fields(self.dsn())
        self.assertEqual(recipient["Status"], "5.1.1")
        self.assertRegex(recipient["Diagnostic-Code"], r"^smtp; *550 5\.1\.1")
        self.assertEqual(recipient["Remote-MTA"], "dns; mx.b.example")

    def test_null_mx_and_unknown_domain_bounce_at_once(self):
        self.send("x@nomail.example", "y@nowhere.example")
        statuses = []
        wait_for("both to fail", lambda: self.sender.states().get("failed", 0) == 2)
        for number in range(1, 1 + len(wait_for("DSNs", lambda: self.sender.mailbox("alice@a.example")))):
            statuses += [r["Status"] for r in self.fields(self.dsn(number))[1]]
        wait_for("a DSN for each", lambda: self.sender.states().get("delivered", 0) >= 1)
        self.assertIn("5.1.10", [s for (s,) in self.sender.query("select status from queue_recipients")])
        self.assertIn("5.1.2", [s for (s,) in self.sender.query("select status from queue_recipients")])

    def test_address_without_mx(self):
        self.send("rob@bare.example")
        self.assertIn(b"hello", self.receiver.wait_mail("rob@bare.example")[0])

    def test_no_dsn_for_the_null_sender(self):
        client = self.client(self.sender, "alice@a.example")
        client.sendmail("", ["carol@nowhere.example"], "Subject: x\r\n\r\nx\r\n")
        wait_for("the failure", lambda: self.sender.states().get("failed") == 1)
        self.assertEqual(self.sender.states(), {"failed": 1})


main()
