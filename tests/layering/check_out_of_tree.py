#!/usr/bin/env python3
"""The example courier is built as a stranger would: against installed headers and find_package(postrider), installed and loaded.

Usage: check_out_of_tree.py CMAKE BUILD_DIR TEST_PROGRAM COMPILER
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(*argv, **options):
    result = subprocess.run(argv, capture_output=True, text=True, **options)
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, argv))}\n{result.stdout}{result.stderr}")
    return result.stdout


def main():
    cmake, build, program, compiler = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="postrider-") as folder:
        prefix, source, out = (pathlib.Path(folder, name) for name in ("prefix", "source", "out"))
        for component in ("library", "development"):
            run(cmake, "--install", build, "--prefix", prefix, "--component", component)
        shutil.copytree(ROOT / "plugins/example/blackhole", source)
        run(cmake, "-G", "Ninja", "-S", source, "-B", out, f"-DCMAKE_PREFIX_PATH={prefix}", f"-DCMAKE_CXX_COMPILER={compiler}",
            "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Werror")
        run(cmake, "--build", out)
        run(cmake, "--install", out, "--prefix", prefix)
        (library,) = prefix.rglob("libpostrider.so.1")
        plugins = library.parent / "postrider/plugins"
        plugin = plugins / "courier_blackhole.so"
        assert plugin.is_file(), f"no plugin where the server looks, but {list(prefix.rglob('*blackhole*'))}"
        for path in (plugin, plugins):
            path.chmod(path.stat().st_mode & ~0o022)
        said = run(program, "--no-skip", "--no-colors", "--test-case=*built outside of the tree*",
                   env=os.environ | {"POSTRIDER_OUT_OF_TREE": str(plugins)})
        assert re.search(r"test cases: +1 \| +1 passed", said), said
    return 0


sys.exit(main())
