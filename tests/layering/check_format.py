#!/usr/bin/env python3
"""clang-format agrees with every file."""
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
files = [str(p) for top in ("common", "server", "plugins", "tools", "tests")
         for p in sorted((ROOT / top).rglob("*")) if p.suffix in (".h", ".cpp")]
assert files
result = subprocess.run(["clang-format", "--dry-run", "-Werror", *files], capture_output=True, text=True)
print(result.stderr or f"{len(files)} files are formatted")
sys.exit(result.returncode)
