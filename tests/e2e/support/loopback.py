"""A loopback network of one's own: tests that run at the same time never meet."""
import random
import socket


class Loopback:
    """127.A.B.0/24, chosen at random; every address in it may use the same ports."""

    def __init__(self):
        self._net = f"127.{random.randint(10, 250)}.{random.randint(0, 255)}"
        self._next_port = random.randint(20000, 30000)

    def ip(self, number):
        return f"{self._net}.{number}"

    def port(self, number=1):
        """A port that is free on every address of the net now, and stays ours: nobody else uses the net."""
        while True:
            self._next_port += 1
            with socket.socket() as probe:
                try:
                    probe.bind((self.ip(number), self._next_port))
                    return self._next_port
                except OSError:
                    continue
