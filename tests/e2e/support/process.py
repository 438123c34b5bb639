"""Programs that a test starts and that end with it."""
import os
import pathlib
import signal
import socket
import subprocess
import time

BUILD = pathlib.Path(os.environ.get("POSTRIDER_BUILD", pathlib.Path(__file__).resolve().parents[3] / "build"))
BIN = BUILD / "bin"
PLUGINS = BUILD / "lib/postrider/plugins"
SKIPPED = 77


def wait_for(what, condition, seconds=30.0):
    """The first true value of condition(); AssertionError with `what` when the time is over."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"timed out waiting for {what}")
        time.sleep(0.02)


def can_connect(ip, port):
    try:
        socket.create_connection((ip, port), timeout=1).close()
        return True
    except OSError:
        return False


class Process:
    """One program with its output in a file. Ended by PID, and only if it is ours."""

    def __init__(self, argv, log, **kwargs):
        self.log = pathlib.Path(log)
        self._out = open(self.log, "ab")
        self._begin = self._out.tell()
        self.popen = subprocess.Popen([str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=self._out,
                                      stderr=subprocess.STDOUT, **kwargs)

    @property
    def pid(self):
        return self.popen.pid

    def running(self):
        return self.popen.poll() is None

    def output(self):
        """What this program has printed: the file may hold more, from one before it."""
        return self.log.read_bytes()[self._begin:].decode(errors="replace")

    def kill(self):
        """SIGKILL, no goodbye."""
        self.popen.kill()
        self.popen.wait()
        self._out.close()

    def stop(self, seconds=60):
        """SIGTERM; returns the exit status."""
        if self.running():
            self.popen.send_signal(signal.SIGTERM)
        try:
            return self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
            raise AssertionError(f"{self.popen.args[0]} did not stop:\n{self.output()[-2000:]}") from None
        finally:
            self._out.close()


def run(argv, **kwargs):
    """Runs a program to its end; returns CompletedProcess with text output."""
    return subprocess.run([str(a) for a in argv], capture_output=True, text=True, timeout=120, **kwargs)
