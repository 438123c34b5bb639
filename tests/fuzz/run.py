#!/usr/bin/env python3
"""Builds the fuzz targets with clang and runs each from its seeds for a while. Inputs that break a promise are kept and named.

run.py [--build FOLDER] [--seconds N] [TARGET...]
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
# Longer than any line or header field that a reader of ours takes; content comes in pieces.
MOST_OCTETS = 16384


def build(folder):
    # As tools/build has it: what was compiled in another checkout need not be compiled again.
    os.environ.update(CCACHE_BASEDIR=str(ROOT), CCACHE_NOHASHDIR="1")
    subprocess.run(["cmake", "--preset", "fuzz", "-B", folder], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", folder, "--target", "fuzzers", "-j2"], check=True, stdout=subprocess.DEVNULL)
    return sorted(folder.glob("bin/fuzz_*"))


def run(target, seconds, findings):
    """True when every promise held."""
    name = target.name.removeprefix("fuzz_")
    seeds = HERE / "corpus" / name
    if not any(seeds.iterdir()):
        raise SystemExit(f"{seeds}: no seeds")
    with tempfile.TemporaryDirectory(prefix="postrider-fuzz-") as found:
        argv = [target, f"-max_total_time={seconds}", f"-max_len={MOST_OCTETS}", "-timeout=5", "-rss_limit_mb=1024",
                "-print_final_stats=1", f"-artifact_prefix={findings}/{name}-", found, seeds]
        result = subprocess.run([str(a) for a in argv], capture_output=True, text=True, errors="replace", check=False)
    executed = [line.split()[-1] for line in result.stderr.splitlines() if "number_of_executed_units" in line]
    print(f"{name}: {executed[0] if executed else 'no'} inputs, {'good' if result.returncode == 0 else 'BROKEN'}", flush=True)
    if result.returncode != 0:
        print(result.stderr[-4000:])
    return result.returncode == 0 and bool(executed)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build-fuzz")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("targets", nargs="*")
    args = parser.parse_args()
    if shutil.which("clang++") is None:
        print("clang++ is not here: skipped")
        return SKIPPED
    targets = build(args.build.resolve())
    missing = {f"fuzz_{name}" for name in args.targets} - {target.name for target in targets}
    if missing or not targets:
        raise SystemExit(f"no such target: {' '.join(sorted(missing)) or 'none at all'}")
    findings = args.build.resolve() / "findings"
    findings.mkdir(exist_ok=True)
    wanted = [t for t in targets if not args.targets or t.name.removeprefix("fuzz_") in args.targets]
    good = [run(target, args.seconds, findings) for target in wanted]
    if not all(good):
        print(f"the inputs are in {findings}")
    return 0 if all(good) else 1


sys.exit(main())
