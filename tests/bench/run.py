#!/usr/bin/env python3
"""Accepted and delivered messages per second, latency and memory: postrider beside its peers, in one run.

    tests/bench/run.py [--rounds 5] [--sessions 10] [--messages 2000] [--size 1024] [--only NAME,NAME]

Every server takes mail by SMTP from Debian's smtp-source, one message per connection, and passes it on by LMTP to one
smtp-sink. Rounds are interleaved, medians are printed, ratios are taken round by round against the better peer. Needs root, and
the packages postfix and chasquid; ends all that it started.
"""
import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from servers import LOAD, Chasquid, OurServer, PostfixAsShipped, PostfixTuned, Sink
from support.dns import NameServer
from support.loopback import Loopback

CONTESTANTS = [OurServer, PostfixAsShipped, PostfixTuned, Chasquid]


class PeakMemory:
    """Samples a process tree while it works."""

    def __init__(self, tree):
        self.tree, self.peak, self.done = tree, 0, threading.Event()
        self.thread = threading.Thread(target=self.watch)

    def watch(self):
        while not self.done.wait(0.25):
            self.peak = max(self.peak, self.tree.rss_kb())

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *unused):
        self.done.set()
        self.thread.join()


def wait_count(sink, target, seconds):
    end = time.monotonic() + seconds
    while sink.count() < target and time.monotonic() < end:
        time.sleep(0.01)
    return sink.count()


def throughput(server, sink, options):
    """One burst by smtp-source: accepted and delivered per second, CPU per message."""
    before, cpu = sink.count(), server.tree.cpu_seconds()
    began = time.monotonic()
    source = subprocess.run(
        ["smtp-source", "-4", "-s", str(options.sessions), "-m", str(options.messages), "-l", str(options.size),
         "-f", "s@elsewhere.example", "-t", "bob@bench.example", f"{server.ip}:{server.port}"],
        capture_output=True, text=True, timeout=300)
    accepted = time.monotonic() - began
    arrived = wait_count(sink, before + options.messages, 120) - before
    delivered = time.monotonic() - began
    if source.returncode != 0 or arrived < options.messages:
        return None
    return {"accepted/s": options.messages / accepted, "delivered/s": options.messages / delivered,
            "cpu ms/msg": 1000 * (server.tree.cpu_seconds() - cpu) / options.messages}


def latency(server, sink, options):
    """One burst by the load generator: connect to goodbye in milliseconds."""
    before = sink.count()
    run = subprocess.run([LOAD, server.ip, str(server.port), str(options.sessions), str(options.messages // 2),
                          str(options.size), "bob@bench.example"], capture_output=True, text=True, timeout=300)
    wait_count(sink, before + options.messages // 2, 120)
    if run.returncode != 0:
        return None
    numbers = [float(n) for n in run.stdout.split()]
    return {"p50 ms": numbers[2], "p95 ms": numbers[3], "p99 ms": numbers[4]}


def measure(server, sink, options):
    with PeakMemory(server.tree) as memory:
        row = throughput(server, sink, options)
        if row is not None:
            row.update(latency(server, sink, options) or {})
    if row is not None:
        row["peak MB"] = memory.peak / 1024
    return row


def report(results, options):
    columns = ["accepted/s", "delivered/s", "cpu ms/msg", "p50 ms", "p95 ms", "p99 ms", "peak MB"]
    print(f"{options.sessions} sessions, {options.size} octets, {options.messages} messages a round, "
          f"medians of {options.rounds} interleaved rounds")
    print(f"{'':20}" + "".join(f"{c:>13}" for c in columns))
    for name, rows in results.items():
        good = [r for r in rows if r]
        if not good:
            print(f"{name:20}  refused the load")
            continue
        cells = [statistics.median([r[c] for r in good if c in r] or [float("nan")]) for c in columns]
        print(f"{name:20}" + "".join(f"{c:13.2f}" for c in cells) + ("" if len(good) == len(rows) else
              f"   ({len(rows) - len(good)} rounds refused)"))
    ours = results.get("postrider", [])
    for column in ("accepted/s", "delivered/s"):
        ratios = []
        for number, row in enumerate(ours):
            peers = [rows[number][column] for name, rows in results.items()
                     if name != "postrider" and rows[number]]
            if row and peers:
                ratios.append(row[column] / max(peers))
        if ratios:
            print(f"{column}: postrider / better peer = {statistics.median(ratios):.2f} "
                  f"(from {min(ratios):.2f} to {max(ratios):.2f})")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sessions", type=int, default=10)
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--size", type=int, default=1024)
    parser.add_argument("--only", default="", help="comma list of contestants")
    options = parser.parse_args()
    missing = [name for name in ("smtp-source", "smtp-sink", "postfix", "chasquid", "unbound") if not shutil.which(name)]
    if missing or os.geteuid() != 0:
        sys.exit(f"needs root and these programs: {' '.join(missing)} (Debian: postfix chasquid unbound)")
    wanted = [c for c in CONTESTANTS if not options.only or c.name in options.only.split(",")]

    folder, running, net = pathlib.Path(tempfile.mkdtemp(prefix="postrider-bench-")), [], Loopback()
    folder.chmod(0o755)
    try:
        resolver = NameServer(folder / "dns", net, ["bench.example. MX 10 mx.bench.example."], port=53)
        running.append(resolver)
        sink = Sink(folder / "sink", net)
        running.append(sink)
        servers = []
        for contestant in wanted:
            servers.append(contestant(folder, net, sink, resolver.ip))
            running.append(servers[-1])
        results = {server.name: [] for server in servers}
        for server in servers:  # warm up what is forked beforehand
            throughput(server, sink, argparse.Namespace(sessions=options.sessions, messages=200, size=options.size))
        for number in range(options.rounds):
            for server in servers[number % len(servers):] + servers[:number % len(servers)]:
                results[server.name].append(measure(server, sink, options))
        report(results, options)
    finally:
        for program in reversed(running):
            program.stop()
        shutil.rmtree(folder, ignore_errors=True)


main()
