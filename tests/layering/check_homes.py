#!/usr/bin/env python3
"""Each foreign library has one home: its headers are included there and nowhere else; those of its traps, nowhere."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# header pattern -> paths (prefixes) that may include it
HOMES = {
    r"idn2\.h": ["common/mail/domain.cpp"],
    r"unbound\.h": ["common/dns/unbound_resolver.cpp"],
    r"spf2/": ["common/senderauth/spf.cpp"],
    r"opendkim/": ["common/senderauth/dkim_"],
    r"openssl/": ["common/net/tls_", "common/net/poco_line_channel", "common/tlspolicy/dane.cpp", "server/auth/",
                  "tests/support/", "tests/bench/"],
    r"argon2\.h": ["server/auth/argon2_hash.cpp"],
    r"crypt\.h": ["server/auth/password_hash.cpp"],
    r"gsasl\.h": ["server/smtp/gsasl_session.cpp", "tests/support/"],
    r"uni(case|norm|ctype|width|str)\.h": ["common/mail/localpart.cpp", "common/mail/opaque_string.cpp"],
    r"libpsl\.h": ["common/senderauth/dmarc.cpp"],
    r"sqlite3\.h": ["common/storage/"],
    # our own files through storage; the databases of others, where accounts are kept, through all three connectors
    r"Poco/Data/": ["common/storage/", "server/directory/sql_session.cpp"],
    r"Poco/Net/": ["common/net/", "server/net/", "server/monitoring/", "tests/"],
    r"Poco/JSON/": ["plugins/hooks/rspamd/rspamd_answer.cpp"],
    r"Poco/Util/": ["server/app/", "server/config/load.cpp", "server/main.cpp", "tools/"],
    r"dlfcn\.h": ["server/pluginhost/plugin_library.cpp"],
}
# header pattern -> why nobody includes it
TRAPS = {
    r"Poco/(Process|PipeStream)\.h": "children inherit blocked signals and descriptors; take base/subprocess",
    r"Poco/(ClassLoader|SharedLibrary)\.h": "binds lazily and globally; take pluginhost/plugin_library",
    r"Poco/Net/(Secure|SSLManager|HTTPSClient|HTTPSSession|HTTPSStream)": "doubles timeouts, keeps stale errors, spins on EINTR; take net/tls_socket",
    r"Poco/Net/DNS\.h": "knows no MX, TXT, TLSA, DNSSEC; take dns/resolver",
}
# No POCO type in the plugin contract, in the session, or in any public header of the lowest floors.
POCO_FREE = [("common/plugin/", ".h"), ("common/plugin/", ".cpp"), ("server/smtp/", ".h"),
             ("server/smtp/", ".cpp"), ("common/base/", ".h"), ("common/mail/", ".h"),
             ("common/dns/", ".h"), ("common/storage/", ".h")]
# The build string names the POCO version that a plugin was compiled with; a number, no type.
POCO_FREE_EXCEPT = {"common/plugin/api.h"}

INCLUDE = re.compile(r'^\s*#\s*include\s+[<"]([^>"]+)[>"]', re.M)
# Time comes from Clock; only its home may read the host's.
CLOCKS = re.compile(r"system_clock::now\(\)|steady_clock::now\(\)|sleep_for|sleep_until|\busleep\(")


def breaches_of(name, text):
    for header in INCLUDE.findall(text):
        for pattern, homes in HOMES.items():
            if re.match(pattern, header) and not name.startswith(tuple(homes)):
                yield f"{name}: <{header}> lives in {', '.join(homes)}"
        for pattern, why in TRAPS.items():
            if re.match(pattern, header):
                yield f"{name}: <{header}> {why}"
        if header.startswith("Poco/") and name not in POCO_FREE_EXCEPT:
            for prefix, suffix in POCO_FREE:
                if name.startswith(prefix) and name.endswith(suffix):
                    yield f"{name}: no POCO type here (<{header}>)"
    if name != "common/base/clock.cpp" and not name.startswith("tests/") and CLOCKS.search(text):
        yield f"{name}: asks the host's clock or sleeps; take a Clock"


def main():
    assert list(breaches_of("server/queue/x.cpp", "#include <idn2.h>"))
    assert list(breaches_of("server/smtp/session.h", "#include <Poco/Foundation.h>"))
    assert list(breaches_of("common/base/x.cpp", "#include <Poco/Process.h>"))
    assert list(breaches_of("server/queue/x.cpp", "std::chrono::system_clock::now()"))
    found, seen = [], 0
    for top in ("common", "server", "plugins", "tools", "tests"):
        for path in sorted((ROOT / top).rglob("*")):
            if path.suffix in (".h", ".cpp"):
                seen += 1
                found += breaches_of(path.relative_to(ROOT).as_posix(), path.read_text())
    print("\n".join(found) or f"{seen} files: every library is at home")
    return 1 if found or seen == 0 else 0


sys.exit(main())
