#!/usr/bin/env python3
"""kill -9 at random moments under load: whatever got 250 is delivered, at most once more than once (RFC 5321 section 6.1)."""
import collections
import os
import random
import smtplib
import sqlite3
import threading
import time

from support.case import EndToEnd, main
from support.process import wait_for

ROUNDS = int(os.environ.get("POSTRIDER_KILL_ROUNDS", "50"))
CLIENTS = 8


class Load:
    """Clients that send small messages until told to stop, and remember what was acknowledged."""

    def __init__(self, server, number):
        self.server, self.number = server, number
        self.stopping = threading.Event()
        self.acknowledged, self.offered = [], []
        self.threads = [threading.Thread(target=self.run, args=(n,)) for n in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def run(self, client_number):
        count = 0
        while not self.stopping.is_set():
            try:
                client = smtplib.SMTP(self.server.ip, self.server.smtp, timeout=10)
                while not self.stopping.is_set():
                    count += 1
                    token = f"token-{self.number}-{client_number}-{count}-end"
                    self.offered.append(token)
                    size = random.choice((10, 1000, 100_000) if count % 20 == 0 else (10, 1000))
                    body = f"Subject: {token}\r\n\r\n" + "x" * 70 + "\r\n" * (size // 72)
                    client.sendmail("s@elsewhere.example", ["bob@a.example"], body)
                    self.acknowledged.append(token)
            except (OSError, smtplib.SMTPException):
                time.sleep(0.01)

    def finish(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()


class KillNine(EndToEnd):
    def test_nothing_acknowledged_is_lost(self):
        server = self.postrider()
        server.add_user("bob@a.example")
        acknowledged, offered = [], set()
        for number in range(ROUNDS):
            server.start()
            load = Load(server, number)
            time.sleep(random.uniform(0.05, 0.6))
            server.kill()
            load.finish()
            acknowledged += load.acknowledged
            offered |= set(load.offered)
        self.assertGreater(len(acknowledged), ROUNDS * 5, "the load was no load")

        server.start()
        wait_for("the queue to drain", lambda: set(server.states()) == {"delivered"}, 120)
        self.assertEqual(server.query("pragma integrity_check"), [("ok",)])
        self.assertEqual(server.query("pragma foreign_key_check"), [])
        self.assertEqual(self.spool_files(server), [])
        server.stop()

        copies = collections.Counter()
        for message in server.mailbox("bob@a.example"):
            token = message.split(b"Subject: ", 1)[1].split(b"\n", 1)[0].decode()
            copies[token] += 1
        lost = [token for token in acknowledged if not copies[token]]
        self.assertEqual(lost, [], f"{len(lost)} of {len(acknowledged)} acknowledged messages are missing")
        self.assertEqual(set(copies) - offered, set(), "messages that nobody sent")
        self.assertLessEqual(max(copies.values()), 2, "more than one duplicate")
        twins = sum(1 for n in copies.values() if n > 1)
        print(f"{ROUNDS} rounds, {len(acknowledged)} acknowledged, 0 lost, {twins} delivered twice")
        journal = sqlite3.connect(server.data / "journal.db")
        self.assertEqual(journal.execute("pragma integrity_check").fetchall(), [("ok",)])
        journal.close()

    def spool_files(self, server):
        folder = server.data / "spool"
        return sorted(folder.iterdir()) if folder.is_dir() else []


main()
