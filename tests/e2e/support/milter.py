"""A milter that does what a test says."""
import socket
import struct
import threading

ALL_ACTIONS = 0x1ff


def packet(code, data=b""):
    return struct.pack("!I", len(data) + 1) + code.encode() + data


class ScriptedMilter:
    """Listens on ip:port. `answers`: letter of a command -> octets, or a function of its data that gives them;
    every other command that wants an answer is told to go on. `None` as an answer: silence."""

    def __init__(self, ip, port, actions=ALL_ACTIONS, steps=0):
        self.ip, self.port = ip, port
        self.negotiation = struct.pack("!III", 6, actions, steps)
        self.answers = {}
        self.seen = []
        self._listener = socket.create_server((ip, port))
        self._open = []
        threading.Thread(target=self._accept, daemon=True).start()

    def commands(self):
        """Letters of what came, without macros."""
        return "".join(code for code, _ in self.seen if code != "D")

    def stop(self):
        self._listener.close()
        for connection in self._open:
            connection.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            stream = connection.makefile("rb")
            while head := stream.read(4):
                octets = stream.read(struct.unpack("!I", head)[0])
                code, data = chr(octets[0]), octets[1:]
                self.seen.append((code, data))
                answer = self._answer(code, data)
                if answer:
                    connection.sendall(answer)
        except (OSError, struct.error):
            pass

    def _answer(self, code, data):
        if code in self.answers:
            answer = self.answers[code]
            return answer(data) if callable(answer) else answer
        if code == "O":
            return packet("O", self.negotiation)
        return packet("c") if code in "CHMRTLNBE" else None
