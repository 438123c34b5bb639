#!/usr/bin/env python3
"""The transcripts of tests/dialogues against a real port: whatever the session promises holds on the wire."""
import pathlib
import shutil
import socket

from support.case import EndToEnd, main
from support.dialogue import Dialogue, Player
from support.postrider import make_certificate

# The session forgets what stood behind STARTTLS; the connection, which can see it, says 554 and closes: below.
STRICTER_ON_THE_WIRE = {"starttls-injection.smtp"}
FILES = sorted((pathlib.Path(__file__).resolve().parents[2] / "dialogues").glob("*.smtp"))


class Dialogues(EndToEnd):
    def test_every_fit_transcript(self):
        played = 0
        make_certificate(self.folder / "cert", "mx.example.test")
        for number, path in enumerate(FILES):
            dialogue = Dialogue(path)
            if not dialogue.fit_for_a_real_port() or path.name in STRICTER_ON_THE_WIRE:
                continue
            with self.subTest(path.name):
                self.play(dialogue, number)
            played += 1
        print(f"{played} of {len(FILES)} transcripts played against the real port")
        self.assertGreaterEqual(played, 30)

    def test_octets_behind_starttls_end_the_session(self):
        server = self.postrider(hostname="mx.example.test")
        server.start()
        with socket.create_connection((server.ip, server.smtp), timeout=20) as s, s.makefile("rb") as replies:
            self.assertTrue(replies.readline().startswith(b"220 "))
            s.sendall(b"EHLO client.example\r\n")
            while replies.readline()[3:4] == b"-":
                pass
            s.sendall(b"STARTTLS\r\nMAIL FROM:<a@b.example>\r\n")
            self.assertTrue(replies.readline().startswith(b"554 5.5.1 "))
            self.assertEqual(replies.read(), b"", "nothing of it may be answered")

    def play(self, dialogue, number):
        passwords = dict(user.split(" ", 1) for user in dialogue.values("USER"))
        addresses = dialogue.values("LOCAL") + [user for user in passwords]
        domains = {address.split("@")[1] for address in addresses} | {"example.test"}
        server = self.postrider(f"s{number}", 1, hostname="mx.example.test", domains=sorted(domains))
        for key, value in dialogue.settings().items():
            server.set(key, value)
        shutil.copytree(self.folder / "cert", server.config / "certs/mx.example.test", dirs_exist_ok=True)
        for address in dict.fromkeys(addresses):
            server.add_user(address, passwords.get(address, "secret"))
        server.start()
        try:
            Player(server, dialogue, self).play()
        finally:
            server.stop()


main()
