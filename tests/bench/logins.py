#!/usr/bin/env python3
"""TLS handshakes and logins per second: postrider beside its peers, in one run.

    tests/bench/logins.py [--rounds 5] [--clients 10] [--seconds 3]

Every client connects to a port that begins with TLS, shakes hands in full (TLS 1.3, an ECDSA certificate), says EHLO, logs in by
AUTH PLAIN in the second half, and leaves. Rounds are interleaved, medians are printed, ratios are taken round by round against
the better peer. Passwords are hashed as each server does it by itself; postfix asks Dovecot, once as it is and once with its
cache of logins. Needs root, and the packages postfix, dovecot-core and chasquid.
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

CONTESTANTS = [OurServer, PostfixLogins, PostfixCachedLogins, Chasquid]
KINDS = {"handshakes/s": [], "logins/s": [USER, PASSWORD]}


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
    """A burst of about the wished length: as many sessions as a short one says."""
    trial = rate(server, options.clients, 20 * options.clients, login)
    return trial and rate(server, options.clients, max(20 * options.clients, int(trial * options.seconds)), login)


def report(results, options):
    print(f"{options.clients} clients, medians of {options.rounds} interleaved rounds")
    print(f"{'':24}" + "".join(f"{kind:>14}" for kind in KINDS))
    for name, rows in results.items():
        cells = [statistics.median([rate for rate in rows[kind] if rate] or [float("nan")]) for kind in KINDS]
        print(f"{name:24}" + "".join(f"{cell:14.1f}" for cell in cells))
    for kind in KINDS:
        ratios = []
        for number, ours in enumerate(results[OurServer.name][kind]):
            peers = [rows[kind][number] for name, rows in results.items() if name != OurServer.name and rows[kind][number]]
            if ours and peers:
                ratios.append(ours / max(peers))
        if ratios:
            print(f"{kind}: postrider / better peer = {statistics.median(ratios):.2f} (from {min(ratios):.2f} to {max(ratios):.2f})")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clients", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=3)
    options = parser.parse_args()
    missing = [name for name in ("smtp-sink", "postfix", "dovecot", "chasquid", "unbound") if not shutil.which(name)]
    if missing or os.geteuid() != 0:
        sys.exit(f"needs root and these programs: {' '.join(missing)} (Debian: postfix dovecot-core chasquid unbound)")
    folder, running, net = pathlib.Path(tempfile.mkdtemp(prefix="postrider-bench-")), [], Loopback()
    folder.chmod(0o755)
    try:
        running.append(NameServer(folder / "dns", net, [], port=53))
        running.append(Sink(folder / "sink", net))
        resolver, sink = running
        servers = []
        for contestant in CONTESTANTS:
            servers.append(contestant(folder, net, sink, resolver.ip))
            running.append(servers[-1])
        results = {server.name: {kind: [] for kind in KINDS} for server in servers}
        for number in range(options.rounds):
            for server in servers[number % len(servers):] + servers[:number % len(servers)]:
                for kind, login in KINDS.items():
                    results[server.name][kind].append(measure(server, options, login))
        report(results, options)
    finally:
        for program in reversed(running):
            program.stop()
        shutil.rmtree(folder, ignore_errors=True)


main()
