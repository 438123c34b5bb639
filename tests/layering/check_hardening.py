#!/usr/bin/env python3
"""Programs, library and plugins are hardened: how they were compiled, and what the linker made of it.

Usage: check_hardening.py BUILD_DIR BUILD_TYPE SANITIZE FILE... (the first of the files are programs, libraries end in .so)
"""
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
OURS = tuple(f"{ROOT}/{folder}/" for folder in ("common", "server", "plugins", "tools"))


def readelf(option, file):
    return subprocess.run(["readelf", "-W", option, file], check=True, capture_output=True, text=True).stdout


def faults_of_flags(build, build_type, sanitize):
    """What the compiler was not told."""
    wanted = ["-D_GLIBCXX_ASSERTIONS"]
    if not sanitize:  # which sees more than these do, and does not go together with them
        wanted += ["-fstack-protector-strong"] + ["-D_FORTIFY_SOURCE=2"] * (build_type != "Debug")
    compiled = [entry for entry in json.loads((build / "compile_commands.json").read_text())
                if entry["file"].startswith(OURS)]
    if not compiled:
        yield "compile_commands.json knows no file of ours"
    for entry in compiled:
        flags = entry["command"].split()
        yield from (f"{entry['file']}: compiled without {flag}" for flag in wanted if flag not in flags)
        if not {"-fPIE", "-fPIC"} & set(flags):
            yield f"{entry['file']}: compiled without -fPIE or -fPIC"


def faults_of_file(file, sanitize):
    dynamic, segments, symbols = (readelf(option, file) for option in ("-d", "-l", "--dyn-syms"))
    if "Type:                              DYN" not in readelf("-h", file):
        yield "is not position-independent"
    if ".so" not in file.name and not re.search(r"FLAGS_1\).*\bPIE\b", dynamic):
        yield "is no PIE"
    if "GNU_RELRO" not in segments or not re.search(r"FLAGS_1\).*\bNOW\b", dynamic):
        yield "has no full RELRO"
    if not re.search(r"GNU_STACK\s.*\sRW\s", segments):
        yield "has an executable stack"
    if "TEXTREL" in dynamic:
        yield "writes into its code"
    if not sanitize and "__stack_chk_fail" not in symbols:
        yield "has no stack protector"


def is_fortified(files):
    """Small files may call nothing that has a checking twin."""
    return any(re.search(r" __(?!stack)\w+_chk\b", readelf("--dyn-syms", file)) for file in files)


def main():
    build, build_type, sanitize, *names = sys.argv[1:]
    files = [pathlib.Path(name) for name in names]
    found = list(faults_of_flags(pathlib.Path(build), build_type, sanitize))
    found += [f"{file}: {fault}" for file in files for fault in faults_of_file(file, sanitize)]
    if not sanitize and build_type != "Debug" and not is_fortified(files):
        found.append("nothing calls a function that _FORTIFY_SOURCE checks")
    print("\n".join(found) or f"{len(files)} files are hardened")
    return 1 if found else 0


sys.exit(main())
