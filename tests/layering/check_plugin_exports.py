#!/usr/bin/env python3
"""A plugin shows exactly one symbol: nothing of it can clash with another plugin. Usage: check_plugin_exports.py LIBRARY..."""
import subprocess
import sys


def exports(library):
    text = subprocess.run(["nm", "-D", "--defined-only", library], check=True, capture_output=True, text=True).stdout
    return sorted(line.split()[-1] for line in text.splitlines() if line.strip())


wrong = [f"{library}: exports {', '.join(names) or 'nothing'}"
         for library in sys.argv[1:] if (names := exports(library)) != ["postrider_plugin"]]
print("\n".join(wrong) or f"{len(sys.argv) - 1} plugins export postrider_plugin and nothing else")
sys.exit(1 if wrong or len(sys.argv) < 2 else 0)
