#!/usr/bin/env python3
"""The mail programs of Debian submit with STARTTLS and with implicit TLS, and what they sent arrives unharmed."""
import email
import email.policy

from clients import CLIENTS, IMPLICIT, STARTTLS, Attachment, Letter
from support.case import EndToEnd, main
from support.postrider import make_certificate

TEXT = "line one\n.line two\n..\n.\n\nFrom here on\ntrailing space \n" + "long " * 150 + "\nthe end\n"
PLAIN = Letter("hello", TEXT)
RICH = Letter("Grüße aus Zürich: 100 € für Ωμέγα, 日本 and a subject that is longer than one line can be",
              "Grüße\n.日本 €\nFrom Zürich\n", Attachment("every octet.bin", bytes(range(256)) * 40 + b"\r\n.\r\n"),
              {"Date": "Fri, 20 Nov 2026 10:00:00 +0100", "Message-ID": "<by-the-client@home.example>"})


class Clients(EndToEnd):
    def setUp(self):
        super().setUp()
        self.server = self.postrider()
        # the programs are given an address; GnuTLS looks for it as such, s-nail among the names
        make_certificate(self.server.config / "certs" / self.server.hostname, self.server.hostname, self.server.ip)
        self.server.add_user("alice@a.example").add_user("bob@a.example").start()

    def each(self, password, check):
        """check(client, mode) for every client in both modes."""
        for kind in CLIENTS:
            client = kind(self.server, self.folder, password)
            for mode in (STARTTLS, IMPLICIT):
                with self.subTest(client=kind.__name__, mode=mode):
                    check(client, mode)

    def take(self):
        """The one message in bob's mailbox, which is empty then."""
        self.server.wait_mail("bob@a.example")
        new = self.server.mail / "a.example/bob/new"
        [path] = new.glob("*")
        octets = path.read_bytes()
        path.unlink()
        return octets

    def check_delivery(self, client, letter, mode):
        status, said = client.send(letter, mode)
        self.assertEqual(status, 0, said[-2000:])
        octets = self.take()
        message = email.message_from_bytes(octets, policy=email.policy.default)
        self.check_header(letter, message)
        self.assertNotIn(b"127.", octets.partition(b"\n\n")[0], "where an authenticated client is, is nobody's business")
        if not client.composes:
            self.assertEqual(octets.partition(b"\n\n")[2], letter.octets().partition(b"\n\n")[2])
            for name, value in letter.headers.items():
                self.assertEqual(message[name], value, "the client's own stays")
        self.assertEqual(message.get_body().get_content(), letter.text)
        attached = [(part.get_filename(), part.get_content()) for part in message.iter_attachments()]
        expected = [(letter.attachment.name, letter.attachment.octets)] if letter.attachment else []
        self.assertEqual(attached, expected)

    def check_header(self, letter, message):
        for name in ("Return-Path", "Received", "Date", "Message-ID", "From", "Subject"):
            self.assertEqual(len(message.get_all(name, [])), 1, f"{name} stands once:\n{message}")
        received = " ".join(message["Received"].split())
        self.assertRegex(received, rf"^from localhost by {self.server.hostname} with ESMTPSA \(TLSv1\.3 \w+\) "
                                   r"id \w+ for <bob@a\.example>; ")
        self.assertEqual(message["Subject"], letter.subject)
        self.assertEqual(message["From"].addresses[0].addr_spec, "alice@a.example")

    def test_a_plain_message(self):
        self.each("secret-password", lambda client, mode: self.check_delivery(client, PLAIN, mode))

    def test_an_international_subject_and_an_attachment(self):
        self.each("secret-password", lambda client, mode: self.check_delivery(client, RICH, mode))

    def test_a_wrong_password_is_refused(self):
        def check(client, mode):
            failures = self.server.log().count(" auth-failed ")
            status, said = client.send(PLAIN, mode)
            self.assertEqual(status, client.refused, said)
            self.assertGreater(self.server.log().count(" auth-failed "), failures, "for the password, and nothing else")
            self.client(self.server, "alice@a.example").quit()  # or the throttle would refuse the last of them
        self.each("not-the-password", check)
        self.assertEqual(self.server.states(), {})


main()
