#!/usr/bin/env python3
"""Limits by address and user, and the brake for a stolen account."""
import smtplib

from support.case import EndToEnd, main

BODY = "From: alice@a.example\r\nSubject: x\r\n\r\nhello\r\n"


class RateLimit(EndToEnd):
    def start(self, **limits):
        self.server = self.postrider(hooks="r", hook__r__plugin="ratelimit",
                                     **{f"hook__r__{key}": value for key, value in limits.items()})
        for name in ("alice", "bob", "carol", "dave", "postmaster"):
            self.server.add_user(f"{name}@a.example")
        self.server.start()

    def stranger(self, number):
        """From an address of its own."""
        client = smtplib.SMTP(self.server.ip, self.server.smtp, timeout=30, source_address=(self.net.ip(number), 0))
        self.addCleanup(client.close)
        client.ehlo()
        return client

    def test_strangers_by_address_users_by_name(self):
        self.start(per_ip="2/1h", per_user="1/1h")
        first = self.stranger(20)
        for code in (250, 250, 450):
            answer = first.mail("x@b.example")
            self.assertEqual(answer[0], code)
            first.rset()
        self.assertEqual(answer[1], b"4.7.1 Your address has sent many messages, please send the next ones later")
        self.assertEqual(self.stranger(21).mail("x@b.example")[0], 250)
        for code in (250, 450):
            client = self.client(self.server, "alice@a.example")
            self.assertEqual(client.mail("alice@a.example")[0], code)
        self.assertEqual(self.client(self.server, "bob@a.example").mail("bob@a.example")[0], 250)

    def test_a_stolen_account_is_braked_and_the_postmaster_hears_of_it(self):
        self.start(new_recipients_per_user="2/1d")
        client = self.client(self.server, "alice@a.example")
        client.sendmail("alice@a.example", ["bob@a.example", "carol@a.example"], BODY)
        with self.assertRaises(smtplib.SMTPRecipientsRefused) as caught:
            client.sendmail("alice@a.example", ["dave@a.example"], BODY)
        [(code, _)] = caught.exception.recipients.values()
        self.assertEqual(code, 450)
        client.sendmail("alice@a.example", ["bob@a.example"], BODY)
        self.server.wait_mail("bob@a.example", 2)
        [notice] = self.server.wait_mail("postmaster@a.example")
        self.assertIn(b"Subject: alice@a.example writes to many new recipients\n", notice)
        self.assertIn(b"\nAuto-Submitted: auto-generated\n", notice)
        self.assertTrue(notice.startswith(b"Return-Path: <>\n"), notice)

        self.server.stop()
        self.server.start()
        client = self.client(self.server, "alice@a.example")
        client.sendmail("alice@a.example", ["carol@a.example"], BODY)
        client.mail("alice@a.example")
        self.assertEqual(client.rcpt("dave@a.example")[0], 450)
        self.assertEqual(len(self.server.mailbox("postmaster@a.example")), 1)
        story = self.server.ctl("explain", "dave@a.example").stdout
        self.assertIn("You have written to many new recipients", story)


main()
