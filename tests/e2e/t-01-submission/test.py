#!/usr/bin/env python3
"""A message goes in over authenticated TLS and comes out in a maildir; what is refused leaves nothing."""
import smtplib

from support.case import EndToEnd, main
from support.process import wait_for

MESSAGE = "From: alice@a.example\r\nTo: bob@a.example\r\nSubject: hello\r\n\r\nline one\r\n.line two\r\n"


class Submission(EndToEnd):
    def setUp(self):
        super().setUp()
        self.server = self.postrider()
        self.server.add_user("alice@a.example").add_user("bob@a.example").start()

    def test_smtplib_over_starttls_and_implicit_tls(self):
        for count, implicit in enumerate((False, True), 1):
            client = self.client(self.server, "alice@a.example", implicit=implicit)
            client.sendmail("alice@a.example", ["bob@a.example"], MESSAGE)
            client.quit()
            message = self.server.wait_mail("bob@a.example", count)[-1].decode()
            self.assertTrue(message.startswith("Return-Path: <alice@a.example>\n"), message)
            self.assertIn("Delivered-To: bob@a.example\n", message)
            self.assertIn("Received: from ", message)
            self.assertIn(" with ESMTPSA ", message.replace("\n", " ").replace("\t", " "))
            self.assertNotIn("127.0.0.1", message, "an authenticated client's address is nobody's business")
            self.assertTrue(message.endswith("\n\nline one\n.line two\n"), message)

    def test_refusals_leave_nothing_behind(self):
        client = self.client(self.server)
        with self.assertRaises(smtplib.SMTPAuthenticationError):
            client.login("alice@a.example", "wrong")
        client = self.client(self.server)
        client.ehlo("client.example")
        self.assertEqual(client.docmd("MAIL FROM:<alice@a.example>")[0], 530)
        plain = smtplib.SMTP(self.server.ip, self.server.smtp, timeout=30)
        self.addCleanup(plain.close)
        plain.ehlo("client.example")
        self.assertNotIn("auth", plain.esmtp_features)
        plain.mail("x@elsewhere.example")
        self.assertEqual(plain.rcpt("y@other.example")[0] // 100, 5, "no open relay")
        self.assertEqual(plain.rcpt("nobody@a.example")[0], 550)
        self.assertEqual(plain.rcpt("bob@a.example")[0], 250)
        self.assertEqual(self.server.states(), {})

    def test_the_story_can_be_asked_for(self):
        client = self.client(self.server, "alice@a.example")
        client.sendmail("alice@a.example", ["bob@a.example"], MESSAGE)
        self.server.wait_mail("bob@a.example")
        wait_for("the outcome in the queue", lambda: self.server.states() == {"delivered": 1})
        [(queue_id,)] = self.server.query("select queue_id from queue_recipients")
        story = wait_for("the journal", lambda: (lambda t: t if "delivered" in t else None)(
            self.server.ctl("explain", queue_id, check=False).stdout))
        self.assertIn("bob@a.example", story)

    def test_stops_cleanly(self):
        self.assertEqual(self.server.stop(), 0)


main()
