#!/usr/bin/env python3
"""Content is streamed: memory does not grow with message size, receiving and delivering."""
import smtplib
import threading
import time

from support.case import EndToEnd, main
from support.process import wait_for

SIZE = 49 * 1024 * 1024
LINE = b"x" * 74 + b"\r\n"


class LargeMessages(EndToEnd):
    def setUp(self):
        super().setUp()
        dns = self.dns("b.example. MX 10 mx.b.example.", f"mx.b.example. A {self.net.ip(2)}")
        self.receiver = self.postrider("b", 2, hostname="mx.b.example", domains=("b.example",))
        self.receiver.add_user("bob@b.example").start()
        self.sender = self.postrider("a", 1, dns__forward=dns.forward, courier__smtp__port=self.receiver.smtp)
        self.sender.add_user("alice@a.example").add_user("bob@a.example").start()
        self.content = b"Subject: large\r\n\r\n" + LINE * (SIZE // len(LINE))
        self.send(*self.login(), content=b"Subject: warm up\r\n\r\nx\r\n")
        self.sender.wait_mail("bob@a.example")
        self.receiver.wait_mail("bob@b.example")

    def login(self, count=1):
        """Clients that are logged in: checking a password takes 16 MB for a moment, whatever is sent after it."""
        return [self.client(self.sender, "alice@a.example") for _ in range(count)]

    def send(self, client, content=None):
        client.sendmail("alice@a.example", ["bob@a.example", "bob@b.example"],
                        self.content if content is None else content)
        client.quit()

    def peak_growth(self, servers, work):
        """Largest growth of resident memory, in KB, while work() runs."""
        before = {s: s.rss_kb() for s in servers}
        peak, done = {s: 0 for s in servers}, threading.Event()

        def watch():
            while not done.is_set():
                for s in servers:
                    peak[s] = max(peak[s], s.rss_kb())
                time.sleep(0.02)
        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            work()
        finally:
            done.set()
            watcher.join()
        return [peak[s] - before[s] for s in servers]

    def delivered(self, count):
        for server, address in ((self.sender, "bob@a.example"), (self.receiver, "bob@b.example")):
            messages = server.wait_mail(address, count, 120)
            for message in messages[1:]:
                self.assertGreater(len(message), SIZE * 74 // 76)
                self.assertTrue(message.endswith(b"x" * 74 + b"\n"))

    def test_one_grows_by_less_than_8_mb(self):
        clients = self.login()

        def work():
            self.send(*clients)
            wait_for("delivery", lambda: self.receiver.states().get("delivered") == 2, 120)
            wait_for("delivery", lambda: self.sender.states().get("delivered") == 4, 120)
        for grown in self.peak_growth([self.sender, self.receiver], work):
            self.assertLess(grown, 8 * 1024)
        self.delivered(2)

    def test_ten_at_once_grow_by_less_than_40_mb(self):
        clients = self.login(10)

        def work():
            threads = [threading.Thread(target=self.send, args=(client,)) for client in clients]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            wait_for("delivery", lambda: self.receiver.states().get("delivered") == 11, 240)
        for grown in self.peak_growth([self.sender, self.receiver], work):
            self.assertLess(grown, 40 * 1024)

    def test_over_the_limit_is_refused_and_the_session_lives(self):
        client = self.client(self.sender, "alice@a.example")
        client.ehlo()
        self.assertEqual(client.docmd(f"MAIL FROM:<alice@a.example> SIZE={60 * 1024 * 1024}")[0], 552)
        client.mail("alice@a.example")
        client.rcpt("bob@a.example")
        code, _ = client.data(self.content + LINE * (2 * 1024 * 1024 // len(LINE)))
        self.assertEqual(code, 552)
        self.assertEqual(client.noop()[0], 250)
        self.assertEqual(list((self.sender.data / "spool").iterdir()), [])


if __name__ == "__main__":
    main()
