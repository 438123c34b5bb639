#!/usr/bin/env python3
"""Holds every #include "..." of the tree against floors.txt. Prints each breach; exit 1 if there is one."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)


def read_rules(path):
    floors, allow, only, deny = {}, set(), {}, set()
    for line in path.read_text().splitlines():
        words = line.split("#")[0].split()
        if not words:
            continue
        if words[0] == "allow":
            allow.add((words[1], words[2]))
        elif words[0] == "only":
            only[words[1]] = words[2:]
        elif words[0] == "deny":
            deny.add((words[1], words[2]))
        else:
            for folder in words[1:]:
                floors[folder] = int(words[0])
    return floors, allow, only, deny


def folder_of(path, floors):
    """The row of floors.txt that a file belongs to: common/net, server/app ... or its top folder."""
    parts = pathlib.PurePosixPath(path).parts
    two = "/".join(parts[:2])
    return two if two in floors else parts[0] if parts[0] in ("plugins", "tools", "tests") else two


def within(folder, allowed):
    return any(folder == a or folder.startswith(a + "/") for a in allowed)


def judge(source, target, rules):
    """Why `source` may not include `target`, or None."""
    floors, allow, only, deny = rules
    here, there = folder_of(source, floors), folder_of(target, floors)
    if here == there or here == "tests":
        return None
    if there == "tests":
        return "nothing but tests includes tests"
    if here in only:
        return None if within(there, only[here]) else f"{here} may include only {' '.join(only[here])}"
    if here not in floors:
        return None if source == "server/main.cpp" else f"{here} stands on no floor"
    if there not in floors:
        return f"{there} stands on no floor"
    if (here, there) in deny:
        return "denied"
    if floors[there] < floors[here] or (here, there) in allow:
        return None
    return f"floor {floors[here]} may not include floor {floors[there]}"


def main():
    rules = read_rules(ROOT / "tests/layering/floors.txt")
    breaches, seen = [], 0
    for top in ("common", "server", "plugins", "tools", "tests"):
        for path in sorted((ROOT / top).rglob("*")):
            if path.suffix not in (".h", ".cpp"):
                continue
            seen += 1
            source = path.relative_to(ROOT).as_posix()
            for target in INCLUDE.findall(path.read_text()):
                if not (ROOT / target).is_file():
                    continue  # generated or out-of-tree headers
                why = judge(source, target, rules)
                if why:
                    breaches.append(f"{source}: includes {target}: {why}")
    self_test(rules)
    print("\n".join(breaches) or f"{seen} files keep to the floors")
    return 1 if breaches or seen == 0 else 0


def self_test(rules):
    """The checker must refuse what is known to be wrong."""
    assert judge("common/base/x.h", "common/mail/domain.h", rules)
    assert judge("server/smtp/x.h", "server/queue/queue_store.h", rules)
    assert judge("plugins/couriers/x/x.cpp", "server/smtp/ports.h", rules)
    assert judge("server/reception/x.cpp", "server/delivery/scheduler.h", rules)
    assert not judge("server/app/x.cpp", "server/net/listener.h", rules)


sys.exit(main())
