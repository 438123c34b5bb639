#!/usr/bin/env python3
"""clang-tidy on every source but the tests: check_tidy.py BUILD-DIR [--tests] [--deep].

The tests double the time and are built with the same warnings; --tests looks at them, too. The static analyzer takes two thirds
of the time: --deep runs it with the other checks.

Nearly all of the time goes into the standard library's headers, so the files of a folder are looked at as one unit that includes
them all. Where their private names collide, each is looked at by itself.

A unit that was clean is not looked at again until one of its files, a header of the project that it includes, its command line
or .clang-tidy changes: the proof is a stamp named by the hash of all of these in the user's cache folder, where another
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
CONFIG, TESTS_CONFIG = ROOT / ".clang-tidy", ROOT / "tests/.clang-tidy"
SHALLOW = "" if "--deep" in sys.argv[2:] else "-clang-analyzer-*"
BUILD = pathlib.Path(sys.argv[1]).resolve()
UNITS = BUILD / "tidy"
STAMPS = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "postrider-tidy"
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)
# The names of one file, and the headers that g++ has compiled for itself, which clang cannot read.
OF_ONE_FILE = re.compile(r" -o \S+ -c \S+| -Winvalid-pch -include \S+")
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


def units():
    """The files that stand in one folder and are compiled alike, as command line and paths. One that tests compile, too, is
    looked at as what it is first."""
    commands = {}
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        path = pathlib.Path(entry["file"])
        ours = path.is_relative_to(ROOT) and not path.relative_to(ROOT).parts[0].startswith("build")
        if ours and (WITH_TESTS or not path.is_relative_to(ROOT / "tests")):
            commands.setdefault(path, OF_ONE_FILE.sub("", entry["command"]))
    assert commands, "the compilation database names no file of the project"
    found = {}
    for path, command in commands.items():
        found.setdefault((path.parent, command), []).append(path)
    return [(command, sorted(paths)) for (_, command), paths in found.items()]


def fingerprint(command, paths):
    digest = hashlib.sha256((SHALLOW + command).replace(str(BUILD), "BUILD").replace(str(ROOT), "ROOT").encode())
    included = set().union(*[headers(path, set()) for path in paths])
    for part in [*paths, *sorted(included), CONFIG, TESTS_CONFIG]:
        digest.update(part.read_bytes())
    return digest.hexdigest()


def checks_for(paths):
    """What is off besides the configuration's own."""
    if not paths[0].is_relative_to(ROOT / "tests"):
        return SHALLOW
    return ",".join(filter(None, [re.search(r"^Checks: '(.*)'", TESTS_CONFIG.read_text(), re.M)[1], SHALLOW]))


def tidy(name, command, paths):
    """What clang-tidy says about these files as one; nothing when it is content."""
    folder = UNITS / name
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / "unit.cpp"
    source.write_text("".join(f'#include "{path.relative_to(ROOT)}"  // NOLINT\n' for path in paths))
    # -w: the compiler has had its say about each file by itself
    entry = {"file": str(source), "directory": str(BUILD), "command": f"{command} -w -c {source}"}
    (folder / "compile_commands.json").write_text(json.dumps([entry]))
    run = subprocess.run(["clang-tidy", "--quiet", f"--config-file={CONFIG}", f"--checks={checks_for(paths)}", "-p", str(folder),
                          str(source)], capture_output=True, text=True)
    return "" if run.returncode == 0 else run.stdout + run.stderr


def examine(unit):
    command, paths = unit
    name = fingerprint(command, paths)
    if (STAMPS / name).exists():
        return ""
    said = tidy(name, command, paths)
    if "[clang-diagnostic-error]" in said and len(paths) > 1:
        said = "".join(examine((command, [path])) for path in paths)
    if not said:
        (STAMPS / name).touch()
    return said


def main():
    STAMPS.mkdir(parents=True, exist_ok=True)
    wanted = units()
    for _, paths in wanted:
        for path in paths:
            headers(path, set())
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        found = [report for report in pool.map(examine, wanted) if report]
    print("\n".join(found) or f"{sum(len(paths) for _, paths in wanted)} files are tidy")
    return 1 if found else 0


sys.exit(main())
