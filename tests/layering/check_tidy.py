#!/usr/bin/env python3
"""clang-tidy on every source but the tests: check_tidy.py BUILD-DIR [--tests] [--deep].

The tests double the time and are built with the same warnings; --tests looks at them, too. The static analyzer takes two thirds
of the time: --deep runs it with the other checks.

A file that was clean is not looked at again until it, a header of the project that it includes, its command
line or .clang-tidy changes: the proof is a stamp named by the hash of all of these in the user's cache folder, where another
checkout finds it, too.
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
WITH_TESTS = "--tests" in sys.argv[2:]
CHECKS = [] if "--deep" in sys.argv[2:] else ["--checks=-clang-analyzer-*"]
BUILD = pathlib.Path(sys.argv[1]).resolve()
STAMPS = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "postrider-tidy"
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)
includes_of = {}


def headers(path, seen):
    """The project's headers that a file includes, all the way down."""
    if path not in includes_of:
        includes_of[path] = [ROOT / name for name in INCLUDE.findall(path.read_text())]
    for header in includes_of[path]:
        if header.is_file() and header not in seen:
            seen.add(header)
            headers(header, seen)
    return seen


def fingerprint(path, command):
    digest = hashlib.sha256("".join([*CHECKS, command]).replace(str(BUILD), "BUILD").replace(str(ROOT), "ROOT").encode())
    config = [ROOT / ".clang-tidy", ROOT / "tests/.clang-tidy"]
    for part in [path, *sorted(headers(path, set())), *config]:
        digest.update(part.read_bytes())
    return digest.hexdigest()


def examine(entry):
    path = pathlib.Path(entry["file"])
    stamp = STAMPS / fingerprint(path, entry["command"])
    if stamp.exists():
        return None
    run = subprocess.run(["clang-tidy", "--quiet", *CHECKS, "-p", str(BUILD), str(path)], capture_output=True, text=True)
    if run.returncode == 0:
        stamp.touch()
        return None
    return f"{path.relative_to(ROOT)}:\n{run.stdout}{run.stderr}"


def main():
    STAMPS.mkdir(parents=True, exist_ok=True)
    database = json.loads((BUILD / "compile_commands.json").read_text())
    entries = {e["file"]: e for e in database if e["file"].startswith(str(ROOT) + "/") and "/build" not in e["file"]
               and (WITH_TESTS or not e["file"].startswith(str(ROOT / "tests")))}
    assert entries, "the compilation database names no file of the project"
    for entry in entries.values():
        headers(pathlib.Path(entry["file"]), set())
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        found = [report for report in pool.map(examine, entries.values()) if report]
    print("\n".join(found) or f"{len(entries)} files are tidy")
    return 1 if found else 0


sys.exit(main())
