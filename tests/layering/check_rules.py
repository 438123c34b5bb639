#!/usr/bin/env python3
"""Every RFC rule has one row in a table of tests/rfc, and each test that a row names is there."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# table -> its rules, in its order; "S-001..S-063" are all from the first to the last
TABLES = {
    "tests/rfc/receiving.md": [
        "S-001..S-063", "U-001..U-009", "E-001..E-005", "Z-001..Z-007", "B-001..B-002", "P-001..P-006",
        "K-001..K-008", "T-001..T-007", "T-009..T-009", "A-001..A-011", "I-001..I-004", "I-007..I-012",
        "I-014..I-014", "D-001..D-004", "H-008..H-010"],
    "tests/rfc/sending.md": [
        "C-001..C-015", "B-003..B-003", "P-007..P-007", "T-008..T-008", "T-010..T-010", "I-005..I-006",
        "C-016..C-020", "I-012..I-013", "D-005..D-015"],
}
COLUMNS = 5  # id, RFC section, rule, tests, remark
EXCUSE = re.compile(r"decided otherwise: \S")
ROW = re.compile(r"\|\s*([A-Z]-\d{3})\s*\|")
TEST = r'unit: tests/unit/\S+\.cpp "[^"]+"|dialogue: tests/dialogues/\S+\.smtp|e2e: t-\d\d-\S+ test_\w+'
TESTS = re.compile(f"(?:{TEST})(?:; (?:{TEST}))*")
CASE = re.compile(r'TEST_CASE\w*\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)')
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')


def expand(ranges):
    for first, last in (r.split("..") for r in ranges):
        for number in range(int(first[2:]), int(last[2:]) + 1):
            yield f"{first[:2]}{number:03}"


def cases_in(text):
    """The names of doctest cases; a name may stand in several literals."""
    return ["".join(LITERAL.findall(literals)) for literals in CASE.findall(text)]


def holds(kind, text, name):
    """Whether the file has exactly one test of that name; " ..." stands for the rest of a long one."""
    if kind == "dialogue:":
        return True
    if kind == "e2e:":
        return len(re.findall(rf"^    def {name}\(self\):", text, re.M)) == 1
    wanted = name.strip('"')
    begin = wanted.removesuffix(" ...")
    fits = str.__eq__ if begin == wanted else str.startswith
    return sum(fits(case, begin) for case in cases_in(text)) == 1


def missing(tests, read):
    """What of a row's tests is not there. `read` gives a file's text, or None."""
    for test in re.findall(TEST, tests):
        kind, where, name = f"{test} ".split(" ", 2)
        path = f"tests/e2e/{where}/test.py" if kind == "e2e:" else where
        text = read(path)
        if text is None:
            yield f"no file {path}"
        elif not holds(kind, text, name.strip()):
            yield f"{path} has no test {name.strip()}, or several"


def faults_of_row(cells, read):
    if len(cells) != COLUMNS:
        yield f"{len(cells)} columns, not {COLUMNS}"
        return
    _, section, rule, tests, remark = cells
    if not section or not rule:
        yield "no section or no rule"
    if tests and not TESTS.fullmatch(tests):
        yield f"not a list of tests: {tests}"
    if not tests and not EXCUSE.match(remark):
        yield 'neither a test nor a remark that begins with "decided otherwise:" and says why'
    yield from missing(tests, read)


def faults_of(table, ranges, read):
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")]
            for line in table.splitlines() if ROW.match(line)]
    ids, wanted = [row[0] for row in rows], list(expand(ranges))
    yield from (f"{rule}: has no row" for rule in wanted if rule not in ids)
    yield from (f"{rule}: has {ids.count(rule)} rows" for rule in wanted if ids.count(rule) > 1)
    yield from (f"{rule}: is no rule of this table" for rule in ids if rule not in wanted)
    for row in rows:
        yield from (f"{row[0]}: {fault}" for fault in faults_of_row(row, read))


def try_itself():
    files = {"tests/unit/a_test.cpp": 'TEST_CASE(\n    "one "\n    "two") {', "tests/dialogues/a.smtp": "",
             "tests/e2e/t-01-a/test.py": "class A:\n    def test_a(self):\n"}

    def faults(tests, remark="", more="", rule="S-001"):
        return list(faults_of(f"| {rule} | 1 | x | {tests} | {remark} |\n{more}", ["S-001..S-001"], files.get))
    good = 'unit: tests/unit/a_test.cpp "one two"; dialogue: tests/dialogues/a.smtp; e2e: t-01-a test_a'
    assert not faults(good) and not faults('unit: tests/unit/a_test.cpp "one ..."')
    assert not faults("", "decided otherwise: because")
    assert faults("") and faults("", "decided otherwise:") and faults("", "because")
    assert faults('unit: tests/unit/a_test.cpp "one"') and faults('unit: tests/unit/a_test.cpp "two ..."')
    assert faults('unit: tests/unit/b_test.cpp "one two"') and faults("dialogue: tests/dialogues/b.smtp")
    assert faults("e2e: t-01-a test_b") and faults("e2e: t-02-a test_a") and faults("e2e: t-01-a test_")
    assert faults(good + ";") and faults(good + "; a.smtp") and faults("see above")
    assert faults(good, rule="S-002") and faults(good, more="| S-001 | 1 | x | | decided otherwise: x |")
    assert faults(good, more="| S-001 |")


def read_file(name):
    path = ROOT / name
    return path.read_text() if path.is_file() else None


def main():
    try_itself()
    found = [f"{name}: {fault}" for name, ranges in TABLES.items()
             for fault in faults_of(read_file(name) or "", ranges, read_file)]
    total = sum(len(list(expand(ranges))) for ranges in TABLES.values())
    print("\n".join(found) or f"{total} rules: each has its row, and every test it names is there")
    return 1 if found or total == 0 else 0


sys.exit(main())
