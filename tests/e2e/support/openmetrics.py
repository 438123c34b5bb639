"""A strict little parser of OpenMetrics 1.0 text: whatever it does not expect is an error."""
import re

NAME = r"[a-zA-Z_][a-zA-Z0-9_]*"
LABEL = re.compile(rf'({NAME})="((?:[^"\\\n]|\\["\\n])*)"')
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (-?[0-9.]+(?:e[+-]?[0-9]+)?|[+-]Inf|NaN)")
SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}


class Family:
    def __init__(self, name):
        self.name, self.type, self.help, self.samples = name, None, None, {}

    def value(self, suffix="", **labels):
        return self.samples[(suffix, tuple(sorted(labels.items())))]

    def check(self):
        assert self.type in SUFFIXES, f"{self.name}: type {self.type}"
        assert self.help, f"{self.name}: no help"
        assert not self.name.endswith(("_total", "_count", "_sum", "_bucket")), self.name
        if self.type == "counter":
            assert all(value >= 0 for value in self.samples.values()), self.name
        if self.type == "histogram" and self.samples:
            buckets = [(float(dict(labels)["le"].replace("Inf", "inf")), value)
                       for (suffix, labels), value in self.samples.items() if suffix == "_bucket"]
            assert buckets == sorted(buckets) and len({le for le, _ in buckets}) == len(buckets), self.name
            counts = [count for _, count in buckets]
            assert counts == sorted(counts), f"{self.name}: not cumulative"
            assert buckets[-1][0] == float("inf"), f"{self.name}: no +Inf"
            assert counts[-1] == self.value("_count"), self.name
            self.value("_sum")


def parse_labels(text):
    labels, rest = [], text
    while rest:
        match = LABEL.match(rest)
        assert match, f"labels: {text!r}"
        labels.append(match.groups())
        rest = rest[match.end():]
        assert not rest or rest.startswith(",") and len(rest) > 1, f"labels: {text!r}"
        rest = rest[1:]
    assert len({name for name, _ in labels}) == len(labels), f"a label twice: {text!r}"
    return tuple(sorted(labels))


def parse(text):
    """Families by name; AssertionError for everything that is not OpenMetrics."""
    assert text.endswith("# EOF\n"), "no # EOF at the end"
    families, current = {}, None
    for line in text.split("\n")[:-2]:
        if line.startswith("#"):
            match = re.fullmatch(rf"# (HELP|TYPE|UNIT) ({NAME}) (.+)", line)
            assert match, line
            keyword, name, rest = match.groups()
            if current is None or current.name != name:
                assert name not in families, f"{name}: in two places"
                current = families[name] = Family(name)
            assert not current.samples, f"{name}: metadata behind samples"
            assert keyword == "UNIT" or getattr(current, keyword.lower()) is None, f"{line}: twice"
            assert keyword != "UNIT" or name.endswith("_" + rest), line
            if keyword != "UNIT":
                setattr(current, keyword.lower(), rest)
            continue
        match = SAMPLE.fullmatch(line)
        assert match, f"sample: {line!r}"
        name, labels, value = match.groups()
        assert current and name.startswith(current.name), f"{line}: outside its family"
        suffix = name[len(current.name):]
        assert suffix in SUFFIXES[current.type], line
        key = (suffix, parse_labels(labels or ""))
        assert key not in current.samples, f"{line}: twice"
        current.samples[key] = float(value.replace("Inf", "inf"))
    for family in families.values():
        family.check()
    return families
