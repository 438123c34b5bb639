"""Plays a transcript of tests/dialogues against a real port; tests/dialogues/README.md has the language."""
import base64
import re
import socket
import ssl

from .process import wait_for

ESCAPE = re.compile(rb"\\(r|n|0|t|\\|x[0-9a-fA-F]{2})")
PLAIN = {b"r": b"\r", b"n": b"\n", b"0": b"\0", b"t": b"\t", b"\\": b"\\"}
HEAD = {"LISTENER", "TLS", "LOCAL", "USER", "OPTION"}
ONLY_WITH_FAKES = {"STANDING", "ORIGINATOR", "HOOK", "LOGINS", "SCRAM", "RECEPTION", "CLIENT", "TIMEOUT", "SHUTDOWN", "PARAMETERS",
                   "ACCOUNT"}
REPLY_LINE = re.compile(rb"[2-5][0-5][0-9](?:[ -]|$)")
OPTIONS = {"max_size": "message.max_size", "max_hold": "message.max_hold"}


def unescape(text):
    return ESCAPE.sub(lambda m: PLAIN.get(m[1]) or bytes([int(m[1][1:], 16)]) if m[1] != b"0" else b"\0", text)


class Dialogue:
    """One file: its head as settings, its body as steps."""

    def __init__(self, path):
        self.path = path
        self.head, self.body = [], []
        for raw in path.read_bytes().split(b"\n"):
            if not raw or raw.startswith(b"#"):
                continue
            keyword, _, argument = raw.partition(b":")
            step = (keyword.decode(), argument[1:] if argument.startswith(b" ") else argument)
            (self.head if step[0] in HEAD | ONLY_WITH_FAKES - {"TIMEOUT", "SHUTDOWN", "ACCOUNT"} and not self.body
             else self.body).append(step)

    def values(self, keyword):
        return [argument.decode() for word, argument in self.head if word == keyword]

    def fit_for_a_real_port(self):
        """Without what needs fakes, and without options that no configuration key sets."""
        words = {word for word, _ in self.head + self.body}
        options = {value.split()[0] for value in self.values("OPTION")}
        return not words & ONLY_WITH_FAKES and options <= OPTIONS.keys() and self.values("TLS") != ["none"]

    def settings(self):
        return {OPTIONS[name]: value for name, value in (o.split() for o in self.values("OPTION"))}


class Player:
    """The client's side of one dialogue."""

    def __init__(self, server, dialogue, test):
        self.server, self.dialogue, self.test = server, dialogue, test
        listener = (dialogue.values("LISTENER") or ["smtp"])[0]
        self.socket = socket.create_connection((server.ip, getattr(server, listener)), timeout=20)
        self.received = b""
        self.begun = b""  # the code of a reply whose last line has not come yet
        if listener == "submissions":
            self.shake_hands()

    def shake_hands(self):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.socket = context.wrap_socket(self.socket)
        self.received = b""

    def fail(self, what):
        self.test.fail(f"{self.dialogue.path.name}: {what}")

    def play(self):
        for number, (word, argument) in enumerate(self.dialogue.body):
            self.where = f"{word}: {argument.decode(errors='replace')[:80]}"
            getattr(self, "do_" + word.replace("-", "_"))(argument, number)
        self.socket.close()
        if self.received:
            self.fail(f"left unread: {self.received[:200]}")

    def send(self, octets):
        try:
            self.socket.sendall(octets)
        except OSError:
            pass  # the server may have closed: what it said is still to be read

    def line(self):
        while b"\r\n" not in self.received:
            try:
                piece = self.socket.recv(65536)
            except OSError as error:
                self.fail(f"at {self.where}: {error}; so far {self.received[:200]}")
            if not piece:
                self.fail(f"at {self.where}: closed; so far {self.received[:200]}")
            self.received += piece
        line, _, self.received = self.received.partition(b"\r\n")
        if len(line) > 510:
            self.fail(f"a reply line of {len(line)} octets")
        if not REPLY_LINE.match(line) or not line.startswith(self.begun):
            self.fail(f"at {self.where}: not a line of a reply: {line!r}")
        self.begun = line[:3] if line[3:4] == b"-" else b""
        return line

    def do_C(self, argument, _):
        self.send(argument + b"\r\n")

    def do_C_RAW(self, argument, _):
        self.send(unescape(argument))

    def do_C64(self, argument, _):
        self.send(base64.b64encode(unescape(argument)) + b"\r\n")

    def do_C_TIMES(self, argument, _):
        count, _, text = argument.partition(b" ")
        self.send(text * int(count))

    def do_S(self, argument, _):
        line = self.line()
        if argument.endswith(b"*") and not line.startswith(argument[:-1]) or \
                not argument.endswith(b"*") and line != argument:
            self.fail(f"expected {argument!r}, got {line!r}")

    def do_S_ALL(self, argument, _):
        while True:
            line = self.line()
            if not line.startswith(argument):
                self.fail(f"expected {argument!r}, got {line!r}")
            if line[3:4] != b"-":
                return

    def do_S_NONE(self, _argument, _):
        self.socket.settimeout(0.3)
        try:
            self.received += self.socket.recv(65536)
        except TimeoutError:
            pass
        self.socket.settimeout(20)
        if self.received:
            self.fail(f"expected silence, got {self.received!r}")

    def do_HANDSHAKE(self, _argument, _):
        self.shake_hands()

    def do_CLOSED(self, _argument, _):
        try:
            self.received += self.socket.recv(65536)
        except TimeoutError:
            self.fail("the server has not closed")
        except OSError:
            pass  # a reset is an end too
        if self.received:
            self.fail(f"expected the end, got {self.received!r}")

    def messages(self):
        return self.server.query("select queue_id, sender, recipient from queue_recipients order by queue_id")

    def do_MESSAGES(self, argument, _):
        self.test.assertEqual(len({row[0] for row in self.messages()}), int(argument), self.dialogue.path.name)

    def do_ENVELOPE(self, argument, _):
        last = max(row[0] for row in self.messages())
        rows = [row for row in self.messages() if row[0] == last]
        paths = [rows[0][1].strip("<>")] + [row[2] for row in rows]
        self.test.assertEqual([p.lower() for p in paths],
                              [p.strip("<>").lower() for p in argument.decode().split()], self.dialogue.path.name)

    def do_CONTENT(self, argument, number):
        if number and self.dialogue.body[number - 1][0] == "CONTENT":
            return  # taken together with the first of them
        lines = []
        for word, text in self.dialogue.body[number:]:
            if word != "CONTENT":
                break
            lines.append(text)
        wanted = b"\n".join(lines) + b"\n"
        addresses = self.dialogue.values("LOCAL")
        wait_for(f"{self.dialogue.path.name}: {wanted!r} in a mailbox", lambda: any(
            wanted in message for address in addresses for message in self.server.mailbox(address)))
