#!/usr/bin/env python3
"""Dovecot's LMTP receives, over TCP and a unix socket, with an answer of its own for each recipient."""
from support.case import EndToEnd, main, need_other_accounts
from support.dovecot import DovecotLmtp
from support.process import wait_for


class Lmtp(EndToEnd):
    def start(self, address_of):
        self.dovecot = self.keep(DovecotLmtp(self.folder / "dovecot", self.net.ip(3), self.net.port(3),
                                             ["alice@a.example", "bob@a.example", "carol@a.example"]))
        self.server = self.postrider(courier__local="store", courier__store__plugin="lmtp",
                                     courier__store__address=address_of(self.dovecot))
        for name in ("alice", "bob", "carol", "ghost"):
            self.server.add_user(f"{name}@a.example")
        self.server.start()

    def send(self, *recipients):
        client = self.client(self.server, "alice@a.example")
        client.sendmail("alice@a.example", list(recipients), "Subject: by LMTP\r\n\r\n.dot\r\n")
        client.quit()

    def check(self):
        self.send("bob@a.example", "carol@a.example")
        for address in ("bob@a.example", "carol@a.example"):
            [message] = wait_for(f"mail of {address}", lambda a=address: self.dovecot.mailbox(a))
            self.assertIn("\n\n.dot\n", message)
            self.assertIn("Return-Path: <alice@a.example>", message)
        wait_for("both outcomes", lambda: self.server.states() == {"delivered": 2})

    def test_over_tcp(self):
        self.start(lambda dovecot: f"{dovecot.ip}:{dovecot.port}")
        self.check()

    def test_over_a_unix_socket(self):
        self.start(lambda dovecot: dovecot.socket)
        self.check()

    def test_one_recipient_refused_the_other_delivered(self):
        self.start(lambda dovecot: dovecot.socket)
        self.send("bob@a.example", "ghost@a.example")
        wait_for("bob's mail", lambda: self.dovecot.mailbox("bob@a.example"))
        wait_for("the refusal", lambda: self.server.states().get("failed") == 1)
        [(status,)] = self.server.query("select status from queue_recipients where state = 'failed'")
        self.assertEqual(status, "5.1.1")

    def test_a_store_that_is_down_defers(self):
        self.start(lambda dovecot: dovecot.socket)
        self.dovecot.stop()
        self.servers.remove(self.dovecot)
        self.send("bob@a.example")
        wait_for("an attempt", lambda: self.server.query("select 1 from queue_attempts"))
        self.assertEqual(self.server.states(), {"pending": 1})


need_other_accounts()
main()
