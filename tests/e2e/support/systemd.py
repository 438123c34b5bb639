"""Starts a program as systemd does for a .socket unit: listening sockets from descriptor 3 on, and their names."""
import os
import sys

from .process import Process

# Runs between fork and exec, in a Python of its own: LISTEN_PID is the pid of the program itself.
LAUNCHER = """
import fcntl, os, sys
given = [fcntl.fcntl(int(fd), fcntl.F_DUPFD, 100) for fd in sys.argv[1].split(',')]
for number, fd in enumerate(given, 3):
    os.dup2(fd, number)
    os.close(fd)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(given)))
os.execv(sys.argv[2], sys.argv[2:])
"""


def start_with_sockets(argv, log, sockets):
    """`sockets`: (name, listening socket) in the order in which they are passed."""
    numbers = [sock.fileno() for _, sock in sockets]
    env = {**os.environ, "LISTEN_FDNAMES": ":".join(name for name, _ in sockets)}
    return Process([sys.executable, "-c", LAUNCHER, ",".join(map(str, numbers)), *argv], log, env=env,
                   pass_fds=numbers)
