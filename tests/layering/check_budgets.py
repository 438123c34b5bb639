#!/usr/bin/env python3
"""Lengths and manners: files under 600 lines, session.cpp under 350, a README line per file, no leftovers."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIMIT = 600
LIMITS = {"server/smtp/session.cpp": 350, "server/main.cpp": 20}
LEFTOVERS = re.compile(r"\b(TODO|FIXME|XXX)\b|not implemented", re.I)


def sources(*tops):
    for top in tops:
        for path in sorted((ROOT / top).rglob("*")):
            if path.suffix in (".h", ".cpp"):
                yield path


def long_files():
    for path in sources("common", "server", "plugins", "tools", "tests"):
        name = path.relative_to(ROOT).as_posix()
        lines = path.read_text().count("\n")
        limit = LIMITS.get(name, LIMIT)
        if lines > limit:
            yield f"{name}: {lines} lines, at most {limit}: split it by noun"


def leftovers():
    for path in sources("common", "server", "plugins", "tools"):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if LEFTOVERS.search(line):
                yield f"{path.relative_to(ROOT)}:{number}: a promise instead of a feature: {line.strip()}"


def missing_readme_lines():
    folders = {path.parent for path in sources("common", "server", "plugins", "tools")}
    for folder in sorted(folders - {ROOT / "server"}):
        readme = folder / "README.md"
        if not readme.is_file():
            yield f"{folder.relative_to(ROOT)}: has no README.md"
            continue
        text = readme.read_text()
        for path in sorted(folder.glob("*")):
            if path.suffix in (".h", ".cpp") and not re.search(rf"\b{re.escape(path.stem)}\b", text):
                yield f"{readme.relative_to(ROOT)}: does not mention {path.name}"


found = [*long_files(), *leftovers(), *missing_readme_lines()]
print("\n".join(found) or "every file keeps to its budget")
sys.exit(1 if found else 0)
