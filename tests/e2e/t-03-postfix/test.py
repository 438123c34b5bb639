#!/usr/bin/env python3
"""Debian's postfix and postrider exchange mail in both directions, by MX, over TLS, with a name server for the test zones."""
import smtplib

from support.case import EndToEnd, main, need_other_accounts
from support.dns import NameServer
from support.postfix import Postfix
from support.postrider import make_certificate
from support.process import wait_for


class BothWays(EndToEnd):
    def setUp(self):
        super().setUp()
        ours, theirs = self.net.ip(1), self.net.ip(2)
        dns = self.keep(NameServer(self.folder / "dns", self.net, [
            "a.example. MX 10 mx.a.example.", f"mx.a.example. A {ours}",
            "p.example. MX 10 mx.p.example.", f"mx.p.example. A {theirs}"], port=53))
        self.server = self.postrider("a", 1, dns__forward=dns.forward, listen__smtp=f"{ours}:25")
        self.server.smtp = 25
        self.server.add_user("alice@a.example").start()
        (self.folder / "pmail").mkdir()
        (self.folder / "pmail").chmod(0o777)
        self.folder.chmod(0o755)
        make_certificate(self.folder / "pcert", "mx.p.example")
        self.postfix = self.keep(Postfix(
            self.folder / "postfix", theirs, 25, "mx.p.example", dns.ip,
            virtual_mailbox_domains="p.example", virtual_mailbox_base=self.folder / "pmail",
            virtual_mailbox_maps="inline:{ {paul@p.example=paul/} }", virtual_uid_maps="static:65534",
            virtual_gid_maps="static:65534", virtual_minimum_uid="1", smtpd_tls_security_level="may",
            smtpd_tls_cert_file=self.folder / "pcert/fullchain.pem", smtpd_tls_key_file=self.folder / "pcert/privkey.pem",
            smtp_tls_security_level="may", smtpd_tls_received_header="yes"))

    def pauls_mail(self):
        return [f.read_text() for f in (self.folder / "pmail/paul/new").glob("*")]

    def test_postrider_to_postfix(self):
        client = self.client(self.server, "alice@a.example")
        client.sendmail("alice@a.example", ["paul@p.example"], "Subject: to postfix\r\n\r\n.dots\r\n..more\r\n")
        [message] = wait_for("paul's mail", self.pauls_mail)
        self.assertIn("\n\n.dots\n..more\n", message)
        self.assertIn("using TLSv1.3", message)
        wait_for("the outcome", lambda: self.server.states() == {"delivered": 1})

    def test_postfix_to_postrider(self):
        client = smtplib.SMTP(self.net.ip(2), 25, timeout=30)
        client.sendmail("paul@p.example", ["alice@a.example"], "Subject: to postrider\r\n\r\n.dots\r\n..more\r\n")
        client.quit()
        [message] = self.server.wait_mail("alice@a.example")
        text = message.decode()
        self.assertIn("\n\n.dots\n..more\n", text)
        self.assertTrue(text.startswith("Return-Path: <paul@p.example>\n"))
        self.assertIn("with ESMTPS", text)

    def test_unknown_users_bounce_between_them(self):
        client = self.client(self.server, "alice@a.example")
        client.sendmail("alice@a.example", ["nobody@p.example"], "Subject: x\r\n\r\nx\r\n")
        self.assertIn(b"Status: 5.1.1", self.server.wait_mail("alice@a.example")[0])
        client = smtplib.SMTP(self.net.ip(2), 25, timeout=30)
        client.sendmail("paul@p.example", ["nobody@a.example"], "Subject: x\r\n\r\nx\r\n")
        client.quit()
        [bounce] = wait_for("postfix's bounce", self.pauls_mail)
        self.assertIn("5.1.1", bounce)


need_other_accounts()
main()
