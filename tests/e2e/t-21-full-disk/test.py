#!/usr/bin/env python3
"""A full disk: 452 4.3.1 to the client, nothing lost, nothing half accepted, and mail again as soon as there is room.

The data folder lies on a small tmpfs in a mount namespace of the test's own.
"""
import os
import shutil
import smtplib
import sqlite3
import subprocess
import sys

from support.case import EndToEnd, main
from support.namespace import own_mounts
from support.process import SKIPPED, wait_for

NAMESPACE = [*own_mounts(), *([] if os.geteuid() == 0 else ["--user", "--map-root-user"])]
INSIDE = "POSTRIDER_TEST_NAMESPACE"
NO_ROOM = (452, b"4.3.1 No room for the message at the moment, please try again later")
NO_ROOM_FOR_ROW = (452, b"4.3.1 Not enough storage, please try later")


def enter_namespace():
    """Runs this program again where it may mount."""
    if INSIDE in os.environ:
        return
    probe = [*NAMESPACE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    if subprocess.run(probe, capture_output=True, check=False).returncode != 0:
        print("cannot mount a tmpfs in a namespace here: skipped")
        sys.exit(SKIPPED)
    os.execvpe(NAMESPACE[0], [*NAMESPACE, sys.executable, *sys.argv], os.environ | {INSIDE: "yes"})


class FullDisk(EndToEnd):
    def setUp(self):
        super().setUp()
        self.server = self.postrider(queue__retry="1s")
        self.server.add_user("bob@a.example")
        # A file in the place of the mail folder: what is accepted cannot be delivered yet.
        self.server.mail.rmdir()
        self.server.mail.write_text("")
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m,mode=0755", "tmpfs", self.server.data], check=True)
        self.server.start()
        self.client = smtplib.SMTP(self.server.ip, self.server.smtp, timeout=30)
        self.addCleanup(self.client.close)
        self.accepted, self.refused = [], []
        self.assertEqual(self.send(1000)[0], 250)

    def tearDown(self):
        self.server.stop()
        subprocess.run(["umount", self.server.data], check=True)
        super().tearDown()

    def send(self, size):
        """One message in the one session; the reply to its end."""
        name = f"message-{len(self.accepted) + len(self.refused)}"
        self.client.ehlo_or_helo_if_needed()
        self.assertEqual(self.client.mail("alice@elsewhere.example")[0], 250)
        self.assertEqual(self.client.rcpt("bob@a.example")[0], 250)
        reply = self.client.data(f"Subject: {name}\r\n\r\n" + ("x" * 70 + "\r\n") * (size // 72) + f"{name}\r\n")
        (self.accepted if reply[0] == 250 else self.refused).append(name)
        return reply

    def fill(self):
        with open(self.server.data / "filler", "ab", buffering=0) as filler:
            try:
                while True:
                    filler.write(b"x" * 4096)
            except OSError:
                return

    def make_room(self):
        (self.server.data / "filler").unlink()

    def fill_and_send_until_refused(self):
        """The write-ahead log may have room inside that it already has."""
        self.fill()
        for _ in range(200):
            reply = self.send(20_000)
            if reply[0] != 250:
                self.assertEqual(reply, NO_ROOM_FOR_ROW)
                return
        self.fail("200 messages found room on a full disk")

    def let_deliver(self):
        """The courier makes the folder: a retry may come between two steps of ours."""
        self.server.mail.unlink()

    def wait_settled(self):
        wait_for("every message to be delivered", lambda: list(self.server.states()) == ["delivered"], 60)
        return sorted(m.split()[-1].decode() for m in self.server.mailbox("bob@a.example"))

    def test_no_room_for_rows(self):
        self.fill_and_send_until_refused()
        self.assertEqual(self.client.noop()[0], 250, "the session goes on")
        self.assertTrue(self.server.process.running())
        self.make_room()
        self.assertEqual(self.send(20_000)[0], 250)
        self.let_deliver()
        self.assertEqual(self.wait_settled(), sorted(self.accepted))

    def test_no_room_for_a_spool_file(self):
        self.fill()
        self.assertEqual(self.send(300_000), NO_ROOM)
        self.assertEqual(list((self.server.data / "spool").iterdir()), [], "nothing half written stays")
        self.make_room()
        self.assertEqual(self.send(300_000)[0], 250)
        self.let_deliver()
        self.assertEqual(self.wait_settled(), sorted(self.accepted))

    def test_outcomes_wait_for_room(self):
        """What became of an attempt, a delivery or not, waits until it can be written down: it may come once more, but is not lost."""
        self.fill_and_send_until_refused()
        self.let_deliver()
        wait_for("an outcome without room", lambda: "settle-failed" in self.server.log())
        self.make_room()
        self.assertEqual(set(self.wait_settled()), set(self.accepted))

    def test_dead_on_a_full_disk(self):
        """What got 250, and nothing else, is in the files that a killed server leaves behind."""
        self.fill_and_send_until_refused()
        self.server.kill()
        copy = self.folder / "copy"
        shutil.copytree(self.server.data, copy)
        connection = sqlite3.connect(copy / "queue.db")
        self.addCleanup(connection.close)
        self.assertEqual(connection.execute("pragma integrity_check").fetchall(), [("ok",)])
        self.assertEqual(connection.execute("select state, count(*) from queue_recipients group by state").fetchall(),
                         [("pending", len(self.accepted))])
        self.make_room()
        self.let_deliver()
        self.server.start()
        self.assertEqual(self.wait_settled(), sorted(self.accepted))


enter_namespace()
main()
