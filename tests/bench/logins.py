#!/usr/bin/env python3
"""TLS handshakes and logins per second: postrider beside its peers, in one run.

    tests/bench/logins.py [--rounds 5] [--clients 10] [--seconds 3]

Every client connects to a port that begins with TLS, shakes hands in full (TLS 1.3), says EHLO, logs in by AUTH PLAIN in the
second half, and leaves; once with a certificate of each key kind. Rounds are interleaved, medians are printed, ratios are taken
round by round against the better peer. The clients share the cores with the server and pay half of a handshake, so the server's
CPU time for one is printed too. Passwords are hashed as each server does it by itself; postfix asks Dovecot, once as it is and
once with its cache of logins. Needs root, and the packages postfix, dovecot-core and chasquid.
"""
import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

from servers import LOGINS, PASSWORD, USER, Chasquid, OurServer, PostfixCachedLogins, PostfixLogins, Sink
from support.dns import NameServer
from support.loopback import Loopback
from support.postrider import KEY_KINDS

CONTESTANTS = [OurServer, PostfixLogins, PostfixCachedLogins, Chasquid]
HANDSHAKES, CPU, LOGIN_RATE = "handshakes/s", "cpu ms each", "logins/s"


def rate(server, clients, count, login):
    """Sessions per second; None when one of them was refused."""
    run = subprocess.run([LOGINS, server.ip, str(server.tls_port), str(clients), str(count), *login],
                         capture_output=True, text=True, timeout=300)
    if run.returncode != 0:
        print(f"{server.name}: {run.stderr.strip()}", file=sys.stderr)
        return None
    done, seconds = run.stdout.split()[:2]
    return int(done) / float(seconds)


def measure(server, options, login):
    """A burst of about the wished length: as many sessions as a short one says. The rate, and the server's milliseconds each."""
    trial = rate(server, options.clients, 20 * options.clients, login)
    if not trial:
        return None, None
    count = max(20 * options.clients, int(trial * options.seconds))
    before = server.tree.cpu_seconds()
    found = rate(server, options.clients, count, login)
    return found, 1000 * (server.tree.cpu_seconds() - before) / count


def one_round(server, options):
    handshakes, cpu = measure(server, options, [])
    logins, _ = measure(server, options, [USER, PASSWORD])
    return {HANDSHAKES: handshakes, CPU: cpu, LOGIN_RATE: logins}


def report(results):
    columns = [HANDSHAKES, CPU, LOGIN_RATE]
    print(f"{'':24}" + "".join(f"{column:>14}" for column in columns))
    for name, rows in results.items():
        cells = [statistics.median([row[column] for row in rows if row[column]] or [float("nan")]) for column in columns]
        print(f"{name:24}" + "".join(f"{cell:14.2f}" for cell in cells))
    for kind in (HANDSHAKES, LOGIN_RATE):
        ratios = []
        for number, ours in enumerate(results[OurServer.name]):
            peers = [rows[number][kind] for name, rows in results.items() if name != OurServer.name and rows[number][kind]]
            if ours[kind] and peers:
                ratios.append(ours[kind] / max(peers))
        if ratios:
            print(f"{kind}: postrider / better peer = {statistics.median(ratios):.2f} (from {min(ratios):.2f} to {max(ratios):.2f})")


def compare(folder, key, options):
    """All servers side by side with certificates of one kind."""
    folder.mkdir(mode=0o755)
    running, net = [], Loopback()
    try:
        running.append(NameServer(folder / "dns", net, [], port=53))
        running.append(Sink(folder / "sink", net))
        resolver, sink = running
        servers = []
        for contestant in CONTESTANTS:
            servers.append(contestant(folder, net, sink, resolver.ip, key))
            running.append(servers[-1])
        results = {server.name: [] for server in servers}
        for number in range(options.rounds):
            for server in servers[number % len(servers):] + servers[:number % len(servers)]:
                results[server.name].append(one_round(server, options))
        report(results)
    finally:
        for program in reversed(running):
            program.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clients", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=3)
    options = parser.parse_args()
    missing = [name for name in ("smtp-sink", "postfix", "dovecot", "chasquid", "unbound") if not shutil.which(name)]
    if missing or os.geteuid() != 0:
        sys.exit(f"needs root and these programs: {' '.join(missing)} (Debian: postfix dovecot-core chasquid unbound)")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="postrider-bench-"))
    folder.chmod(0o755)
    try:
        for key in KEY_KINDS:
            print(f"{key}: {options.clients} clients, medians of {options.rounds} interleaved rounds")
            compare(folder / key, key, options)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


main()
