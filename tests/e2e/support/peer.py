"""A mail server that says what a test tells it to: SMTP or LMTP, TLS, refusals, and a record of every octet."""
import select
import socket
import ssl
import threading
import time


class Conversation:
    """What one connection said."""

    def __init__(self):
        self.commands = []  # lines without CRLF, in order
        self.contents = []  # what came after each DATA, with dots as on the wire, without the final one
        self.tls = False  # a handshake succeeded
        self.pipelined = False  # RCPT was there before MAIL was answered
        self.socket = None
        self.early = []  # commands that came before the reply to the one before

    def verbs(self):
        return [command.split(":")[0].split(" ")[0].upper() for command in self.commands]

    def recipients(self):
        return [recipient for transaction in self.transactions() for recipient in transaction]

    def transactions(self):
        """The recipients of each, taken or not."""
        found = []
        for command in self.commands:
            if command.upper().startswith("MAIL FROM:"):
                found.append([])
            elif command.upper().startswith("RCPT TO:<"):
                found[-1].append(command[len("RCPT TO:<"):].split(">")[0])
        return found


class ScriptedPeer:
    """Listens on ip:port. `answers` maps a verb (GREETING EHLO MAIL RCPT DATA END STARTTLS ...) to a reply or to a function of the
    command that returns one; None closes. END with LMTP is asked once for each recipient, with its command."""

    DEFAULTS = {"MAIL": "250 2.1.0 ok", "RCPT": "250 2.1.5 ok", "DATA": "354 go on", "END": "250 2.0.0 taken",
                "QUIT": "221 2.0.0 bye", "RSET": "250 2.0.0 ok", "HELO": "250 peer", "STARTTLS": "220 2.0.0 go on"}

    def __init__(self, ip, port, name="peer.example", extensions=("PIPELINING", "8BITMIME", "SMTPUTF8"), answers=None,
                 certificate=None, lmtp=False):
        self.ip, self.port, self.name, self.lmtp = ip, port, name, lmtp
        self.extensions, self.certificate = list(extensions), certificate
        self.answers = {**self.DEFAULTS, "GREETING": f"220 {name} ESMTP", **(answers or {})}
        self.conversations = []
        self._listener = socket.create_server((ip, port)) if port else self._unix(ip)
        threading.Thread(target=self._accept, daemon=True).start()

    @staticmethod
    def _unix(path):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen()
        return listener

    def stop(self):
        try:
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept(), which would keep the port
        except OSError:
            pass  # stopped already
        self._listener.close()

    def transactions(self):
        return [transaction for talk in self.conversations for transaction in talk.transactions()]

    def hang_up(self):
        """Closes what is open, without a word."""
        for talk in self.conversations:
            try:
                talk.socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # over already

    def contents(self):
        return [content for talk in self.conversations for content in talk.contents]

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        talk = Conversation()
        talk.socket = connection
        self.conversations.append(talk)
        try:
            Session(self, connection, talk).run()
        except (OSError, EOFError):
            pass
        finally:
            connection.close()


class Session:
    """One connection of a ScriptedPeer."""

    def __init__(self, peer, connection, talk):
        self.peer, self.socket, self.talk = peer, connection, talk
        self.buffer = b""
        self.begun = False  # MAIL was taken
        self.taken = []  # the RCPT commands that were answered with 250

    def is_anything_there(self):
        return bool(self.buffer or select.select([self.socket], [], [], 0.05)[0])

    def fill(self):
        piece = self.socket.recv(65536)
        if not piece:
            raise EOFError
        self.buffer += piece

    def until(self, mark):
        while mark not in self.buffer:
            self.fill()
        text, _, self.buffer = self.buffer.partition(mark)
        return text

    def say(self, what, command=""):
        """True when it was a positive reply."""
        answer = self.peer.answers.get(what, "502 5.5.1 what?")
        if callable(answer):
            answer = answer(command)
        if answer is None:
            raise EOFError
        self.socket.sendall(answer.encode() + b"\r\n")
        return answer[:1] in ("2", "3")

    def run(self):
        if not self.say("GREETING"):
            self.until(b"\r\n")
            return
        while True:
            command = self.until(b"\r\n").decode()
            self.talk.commands.append(command)
            verb = command.split(" ")[0].split(":")[0].upper()
            handler = getattr(self, "do_" + verb, None)
            if handler:
                handler(command)
            else:
                self.say(verb, command)
            if verb == "QUIT":
                return

    def do_EHLO(self, command):
        if "EHLO" in self.peer.answers:
            self.say("EHLO", command)
            return
        offered = [self.peer.name, *self.peer.extensions]
        if self.peer.certificate and not self.talk.tls:
            offered.append("STARTTLS")
        lines = [f"250{'-' if i + 1 < len(offered) else ' '}{word}" for i, word in enumerate(offered)]
        self.socket.sendall("\r\n".join(lines).encode() + b"\r\n")

    do_LHLO = do_EHLO

    def do_STARTTLS(self, command):
        if not self.say("STARTTLS", command):
            return
        if self.peer.certificate == "broken":
            self.socket.sendall(b"this is not TLS\r\n")
            time.sleep(0.1)
            raise EOFError
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.peer.certificate / "fullchain.pem", self.peer.certificate / "privkey.pem")
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.talk.tls, self.buffer = True, b""

    def do_MAIL(self, command):
        self.taken = []
        if "PIPELINING" in self.peer.extensions:
            self.socket.settimeout(3)
            while b"DATA\r\n" not in self.buffer:
                self.fill()
            self.socket.settimeout(None)
            self.talk.pipelined = True
        elif self.is_anything_there():
            self.talk.early.append(command)
        self.begun = self.say("MAIL", command)

    def do_RCPT(self, command):
        if "PIPELINING" not in self.peer.extensions and self.is_anything_there():
            self.talk.early.append(command)
        if not self.begun:
            self.socket.sendall(b"503 5.5.1 no transaction\r\n")
        elif self.say("RCPT", command):
            self.taken.append(command)

    def do_DATA(self, command):
        if not self.taken:
            self.socket.sendall(b"503 5.5.1 no recipients\r\n")
            return
        if not self.say("DATA", command):
            return
        self.buffer = b"\r\n" + self.buffer  # so that an empty message ends like any other
        self.talk.contents.append(self.until(b"\r\n.\r\n")[2:] + b"\r\n")
        for recipient in self.taken if self.peer.lmtp else [command]:
            self.say("END", recipient)
