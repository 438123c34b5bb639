#!/usr/bin/env python3
"""The classes that plugins share with the server keep their shape: sizes and virtual tables as g++ lays them out.

Compares with tests/golden/plugin_abi_v1.txt. A difference is a new major version of the API (common/plugin/CHANGES.md); as long
as no version has been released, --update writes the file anew. Usage: check_plugin_abi.py COMPILER [--update]
"""
import difflib
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests/golden/plugin_abi_v1.txt"
HEADERS = ["common/plugin/api.h", "common/plugin/outcomes.h", "common/plugin/placeholders.h", "common/plugin/local_form.h",
           "common/plugin/envelope_of.h"]
# Ours, and no instantiations of templates: what those hold shows in the size of whoever has them as a member.
OURS = re.compile(r"^(Class|Vtable for) (postrider::|Postrider)[\w:]+$")


def dump(compiler):
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "abi.cpp")
        source.write_text("".join(f'#include "{header}"\n' for header in HEADERS))
        subprocess.run([compiler, "-std=c++20", f"-I{ROOT}", "-fdump-lang-class", "-fsyntax-only", source],
                       cwd=folder, check=True)
        (found,) = pathlib.Path(folder).glob("*.class")
        return found.read_text()


def shapes(text):
    """The blocks about our classes, sorted, without addresses."""
    blocks = [re.sub(r"0x0?x?[0-9a-f]+", "@", block).strip() for block in text.split("\n\n")]
    return "\n\n".join(sorted(block for block in blocks if OURS.match(block.split("\n")[0]))) + "\n"


def main():
    compiler = sys.argv[1]
    current = shapes(dump(compiler))
    assert "Class postrider::plugin::v1::DeliveryRequest" in current, "nothing was dumped"
    if "--update" in sys.argv:
        GOLDEN.write_text(current)
        return 0
    golden = GOLDEN.read_text()
    if current == golden:
        print(f"{current.count('Class ')} classes keep their shape")
        return 0
    sys.stdout.writelines(difflib.unified_diff(golden.splitlines(True), current.splitlines(True), "golden", "now"))
    print("\nThe plugin API has changed its shape: see common/plugin/CHANGES.md")
    return 1


sys.exit(main())
