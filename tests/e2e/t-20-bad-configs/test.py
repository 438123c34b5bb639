#!/usr/bin/env python3
"""Broken configurations refuse to start, each with its exact message, and nothing of it touches queued mail.

A message waits in the queue before anything is broken, its mailbox out of reach. At the end of every test the mailbox is
there again, the server starts, and the message must arrive, once.
"""
import contextlib
import os
import shutil
import socket
import sqlite3
import unittest

from broken_plugins import build, copy_of
from support.case import EndToEnd, main, others_may_pass
from support.postrider import Postrider, make_certificate
from support.process import PLUGINS, run, wait_for

REFUSED, USAGE, CANNOT_RUN = 78, 64, 70
IS_ROOT = os.geteuid() == 0


class BadConfigs(EndToEnd):
    def setUp(self):
        super().setUp()
        self.folder.chmod(0o755)  # other accounts look into it
        self.accepted = []
        self.server = self.postrider(queue__retry="1s")
        self.server.add_user("bob@a.example")
        self.server.domain_file("a.example", "domain.properties").write_text("postmaster = bob\n")
        self.last = len(self.server.settings)
        self.certs = self.server.config / "certs" / self.server.hostname
        self.queue_one()

    def queue_one(self):
        """A message for a mailbox that cannot be written: a file lies in the place of the mail folder."""
        self.server.mail.rmdir()
        self.server.mail.write_text("")
        self.server.start()
        self.send("waiting")
        self.assertEqual(self.server.stop(), 0)
        self.assertEqual(self.server.states(), {"pending": 1})

    def tearDown(self):
        try:
            self.all_delivered()
        finally:
            super().tearDown()

    def send(self, text):
        client = self.client(self.server, "bob@a.example")
        client.sendmail("bob@a.example", ["bob@a.example"], f"Subject: {text}\r\n\r\n{text}\r\n")
        client.quit()
        self.accepted.append(text)

    def all_delivered(self):
        """Mends the mailbox, starts the server when it does not run; finds each message once and nothing else."""
        if self.server.mail.is_file():
            self.server.mail.unlink()
            self.server.mail.mkdir()
        if not self.server.process:
            self.server.start()
        wait_for("every message to be delivered", lambda: list(self.server.states()) == ["delivered"])
        found = sorted(m.split()[-1].decode() for m in self.server.mailbox("bob@a.example"))
        self.assertEqual(found, sorted(self.accepted))

    @contextlib.contextmanager
    def broken(self, what):
        """A sub-test whose damage to configuration and data is gone behind it."""
        places = (self.server.config, self.server.data)
        with self.subTest(what):
            for place in places:
                shutil.copytree(place, f"{place}.good", symlinks=True)
            try:
                yield
            finally:
                for place in places:
                    shutil.rmtree(place, ignore_errors=True)
                    place.unlink(missing_ok=True)
                    os.rename(f"{place}.good", place)

    def line(self, key):
        return 1 + list(self.server.settings).index(key)

    def append(self, line):
        with open(self.server.config / "postrider.properties", "a", encoding="utf-8") as file:
            file.write(line + "\n")

    def outcome(self, *arguments, prefix=()):
        """What it says, without log lines, DIR for the test's folder; and its exit status."""
        result = run([*prefix, *self.server.argv(*arguments)])
        said = (result.stdout + result.stderr).replace(str(self.server.folder), "DIR").replace(str(PLUGINS), "PLUGINS")
        return "\n".join(line for line in said.splitlines() if not line.startswith("20")), result.returncode

    def refused(self, expected, *extra, status=REFUSED):
        """Both --check and the start."""
        expected = expected.replace("LAST", str(self.last)).replace("NEXT", str(self.last + 1))
        for arguments in (("--check", *extra), extra):
            self.assertEqual(self.outcome(*arguments), (expected, status), arguments)

    def refuses_to_start(self, expected, status, prefix=()):
        self.assertEqual(self.outcome(prefix=prefix), (expected, status))

    def check_is_good(self):
        self.assertEqual(self.outcome("--check"), ("the configuration in DIR/config is good", 0))

    def test_good_one_passes(self):
        self.check_is_good()

    def test_missing_files(self):
        with self.broken("no folder"):
            shutil.rmtree(self.server.config)
            self.refused("DIR/config: there is no such folder; --config-dir DIR names another")
        with self.broken("no file"):
            (self.server.config / "postrider.properties").unlink()
            self.refused("DIR/config/postrider.properties: No such file or directory; --config-dir DIR names another "
                         "folder, an empty file means all defaults")
        with self.broken("a file that anybody may write"):
            (self.server.config / "postrider.properties").chmod(0o666)
            self.refused("DIR/config/postrider.properties: everybody may write to it: chmod o-w")

    def test_lines(self):
        for line, expected in {
            "sesion.max = 5": "sesion.max: unknown key; did you mean session.max?",
            "frobnicate = 5": "frobnicate: unknown key",
            "hostname = mx.b.example": "hostname: stands in line 1 already",
            "message.max_size = 50 megs": "message.max_size: '50 megs': expected a size such as 65536, 64K, 50M or 1G",
            "session.command_timeout = 5 minutes": "session.command_timeout: '5 minutes': expected a time from 1s to "
                                                   "3650d, such as 30s, 5m, 2h or 1d",
            "session.max = many": "session.max: 'many': expected a number from 1 to 100000",
            "session.max_per_ip = 0": "session.max_per_ip: '0': expected a number from 1 to 100000",
            "log.level = loud": "log.level: 'loud': expected one of: debug info warning error",
            "dns.forward = ns.example": "dns.forward: 'ns.example': expected address:port or [v6 address]:port",
            "tls.ca_file = ca.pem": "tls.ca_file: 'ca.pem': expected a path that begins with /",
            "session.max": "'session.max' is not 'key = value'",
            "session.max = 5 # a few": "session.max: a comment stands on a line of its own; '#' here would be part of "
                                       "the value",
            "session.max = 5\\": "session.max: a line cannot be continued on the next one with '\\'",
            "courier.local = mailder": "courier.local: there is no courier 'mailder': courier.mailder.plugin is "
                                       "missing; did you mean maildir?",
            "courier.archive.path = /srv": "courier.archive.path: courier.archive.plugin is missing",
            "hooks = milter": "hooks: there is no hook 'milter': hook.milter.plugin is missing",
            "tls.ca_file = /nonexistent.pem": "tls.ca_file: /nonexistent.pem: No such file or directory",
        }.items():
            with self.broken(line):
                self.append(line)
                self.refused("postrider.properties:NEXT: " + expected)

    def test_every_problem_is_told_at_once(self):
        with self.broken("three"):
            self.append("sesion.max = 5\nsession.max = x\nhooks = a, a")
            self.refused("postrider.properties:NEXT: sesion.max: unknown key; did you mean session.max?\n"
                         f"postrider.properties:{self.last + 2}: session.max: 'x': expected a number from 1 to 100000\n"
                         f"postrider.properties:{self.last + 3}: hooks: 'a, a': expected every name once")

    def test_mistakes_of_every_kind_are_told_at_once(self):
        config, folder = self.server.config, self.server.folder / "plugins"
        chain, key = (f"certs/mx.a.example/{name}.pem" for name in ("fullchain", "privkey"))
        folder.mkdir(mode=0o755)
        text = folder / "courier_text.so"
        text.write_text("#!/bin/sh\n")
        text.chmod(0o755)
        with self.broken("all"):
            make_certificate(config / "certs/other.example", "other.example")
            (config / chain).write_text("a certificate\n")
            (config / "certs/other.example/privkey.pem").unlink()
            users, aliases, properties = (self.server.domain_file("a.example", n)
                                          for n in ("users", "aliases", "domain.properties"))
            users.write_text("bob:*\nalice\n")
            aliases.write_text("info bob\nteam: bob alice\n")
            properties.write_text("postmster = bob\nsuffix.drop\n")
            (config / "domains/b..example").mkdir()
            account = ""
            if IS_ROOT:
                self.server.set("user", "no-such-account")
                account = (f"postrider.properties:{self.line('user')}: user: 'no-such-account': there is no such account; "
                           "make it with: adduser --system --group --no-create-home no-such-account\n")
            self.append("no key at all\nsesion.max = 5\nsession.max = x\ntls.ca_file = /nonexistent.pem\n"
                        "courier.archive.path = /srv\ncourier.dovecot.plugin = lmtp\n"
                        f"courier.extra.plugin = {text}\nhooks = lists, gone\nhook.lists.plugin = dnsbl")
            line = [f"postrider.properties:{self.last + n}: " for n in range(10)]
            self.refused(
                f"{line[1]}'no key at all' is not 'key = value'\n"
                f"{line[2]}sesion.max: unknown key; did you mean session.max?\n"
                f"{line[3]}session.max: 'x': expected a number from 1 to 100000\n"
                f"{line[5]}courier.archive.path: courier.archive.plugin is missing\n"
                f"{line[8]}hooks: there is no hook 'gone': hook.gone.plugin is missing\n"
                f"{account}"
                f"{line[4]}tls.ca_file: /nonexistent.pem: No such file or directory\n"
                "domains/a.example/domain.properties:1: postmster: unknown key; did you mean postmaster?\n"
                "domains/a.example/domain.properties:2: 'suffix.drop' is not 'key = value'\n"
                "domains/b..example: is no domain name (the domain has an empty part between, before or behind its dots)\n"
                "domains/a.example/users:2: 'alice' is not name:hash\n"
                "domains/a.example/aliases:1: 'info bob' is not 'name: target'\n"
                "domains/a.example/aliases:2: team: 'bob alice' is no mailbox (the address has no @ between local part "
                "and domain)\n"
                "certs/other.example/privkey.pem: No such file or directory\n"
                f"{chain}: not a PEM certificate chain: no start line\n"
                f"{line[6]}courier.dovecot.address is required and missing\n"
                f"{line[7]}courier.extra.plugin: " + self.no_plugin(
                    "DIR/plugins/courier_text.so", "a text file", "a shared library (ELF)",
                    "a script or a linker's input in the place of the built plugin") +
                f"\n{line[9]}hook.lists.lists names no list")

    @unittest.skipUnless(IS_ROOT, "only root drops to an account")
    def test_a_missing_account_hides_nothing(self):
        with self.broken("account and certificates"):
            self.server.set("user", "no-such-account")
            shutil.rmtree(self.server.config / "certs")
            self.server.domain_file("a.example", "aliases").write_text("info bob\n")
            self.refused(f"postrider.properties:{self.line('user')}: user: 'no-such-account': there is no such account; "
                         "make it with: adduser --system --group --no-create-home no-such-account\n"
                         "domains/a.example/aliases:1: 'info bob' is not 'name: target'\n"
                         "certs/: there is no certificate; submission needs one: put fullchain.pem and privkey.pem into "
                         "certs/mx.a.example/")

    def test_what_only_follows_from_a_mistake_is_not_told(self):
        for lines, expected in {
            "courier.local = archive\ncourier.archive.plugin lmtp": (2, "'courier.archive.plugin lmtp' is not 'key = value'"),
            "hooks = a\nhook.a.plugin = one two": (2, "hook.a.plugin: 'one two': expected a plugin's name, or the "
                                                      "absolute path of its library"),
            "sql.connector = oracle\nsql.user_query = SELECT 1": (1, "sql.connector: 'oracle': expected one of: sqlite "
                                                                     "postgresql mysql"),
            "dovecot.client_socket = relative\ndovecot.userdb_socket = /run/x": (
                1, "dovecot.client_socket: 'relative': expected a path that begins with /"),
        }.items():
            with self.broken(lines):
                self.append(lines)
                self.refused(f"postrider.properties:{self.last + expected[0]}: {expected[1]}")
        with self.broken("the file cannot be read"):
            (self.server.config / "postrider.properties").chmod(0o666)
            self.server.domain_file("a.example", "aliases").write_text("info bob\n")
            self.refused("DIR/config/postrider.properties: everybody may write to it: chmod o-w\n"
                         "domains/a.example/aliases:1: 'info bob' is not 'name: target'")

    def test_a_port_in_use_hides_nothing(self):
        with self.broken("port and certificate"), socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.bind((self.server.ip, self.server.smtp))
            other.listen()
            shutil.rmtree(self.server.config / "certs")
            self.refuses_to_start(f"postrider.properties:{self.line('listen.smtp')}: listen.smtp: cannot listen on "
                                  f"{self.server.ip}:{self.server.smtp}: Address already in use\n"
                                  "certs/: there is no certificate; submission needs one: put fullchain.pem and "
                                  "privkey.pem into certs/mx.a.example/", REFUSED)

    def test_flags(self):
        self.refused("--set sesion.max: expected KEY=VALUE; postrider --help shows the usage", "--set", "sesion.max",
                     status=USAGE)
        self.refused("unexpected argument: start; postrider --help shows the usage", "start", status=USAGE)
        self.refused("--set: sesion.max: unknown key; did you mean session.max?", "--set", "sesion.max=5")
        self.refused("--set: session.max: 'x': expected a number from 1 to 100000", "--set", "session.max=x")
        self.assertEqual(self.outcome("--pidfile", "/nonexistent/pid"),
                         ("--pidfile /nonexistent/pid: No such file or directory", REFUSED))

    def test_certificates(self):
        chain, key = (f"certs/mx.a.example/{name}.pem" for name in ("fullchain", "privkey"))
        with self.broken("none"):
            shutil.rmtree(self.server.config / "certs")
            self.refused("certs/: there is no certificate; submission needs one: put fullchain.pem and privkey.pem into "
                         "certs/mx.a.example/")
        with self.broken("empty"):
            (self.server.config / chain).write_text("")
            self.refused(f"{chain}: is empty")
        with self.broken("text"):
            (self.server.config / chain).write_text("a certificate\n")
            self.refused(f"{chain}: not a PEM certificate chain: no start line")
        with self.broken("no key"):
            (self.server.config / key).unlink()
            self.refused(f"{key}: No such file or directory")
        with self.broken("a link that leads nowhere"):
            (self.server.config / key).unlink()
            (self.server.config / key).symlink_to("../../archive/privkey9.pem")
            self.refused(f"{key}: No such file or directory")
        with self.broken("a folder behind a link that leads nowhere"):
            (self.server.config / "certs/other.example").symlink_to("/etc/nosuch/live/other.example")
            self.refused("certs/other.example/fullchain.pem: No such file or directory\n"
                         "certs/other.example/privkey.pem: No such file or directory")
        with self.broken("another key"):
            make_certificate(self.folder / "other", "other.example")
            shutil.copy(self.folder / "other/privkey.pem", self.server.config / key)
            self.refused(f"{key}: the key does not fit the certificate in {chain}")

    def test_domains(self):
        users, aliases, properties = (f"domains/a.example/{n}" for n in ("users", "aliases", "domain.properties"))
        for name, text, expected in (
            (users, "bob:*\n# a comment\nalice\n", f"{users}:3: 'alice' is not name:hash"),
            (users, "bob:*\nbob:*\n", f"{users}:2: bob stands in line 1 already"),
            (users, "bob@a.example:*\n", f"{users}:1: 'bob@a.example': a name stands without its domain"),
            (users, "bob:\n", f"{users}:1: bob has no password; * stands for one who may not log in"),
            (aliases, "info: bob\nteam: bob alice\n", f"{aliases}:2: team: 'bob alice' is no mailbox (the address has no "
                                                      "@ between local part and domain)"),
            (aliases, "info bob\n", f"{aliases}:1: 'info bob' is not 'name: target'"),
            (aliases, "info: |\n", f"{aliases}:1: info: there is no command behind '|'"),
            (properties, "postmster = bob\n", f"{properties}:1: postmster: unknown key; did you mean postmaster?"),
        ):
            with self.broken(text):
                (self.server.config / name).write_text(text)
                self.refused(expected)
        with self.broken("a folder that is no domain"):
            (self.server.config / "domains/a..example").mkdir()
            self.refused("domains/a..example: is no domain name (the domain has an empty part between, before or behind "
                         "its dots)")
        with self.broken("one domain twice"):
            (self.server.config / "domains/A.EXAMPLE").mkdir()
            self.refused("domains/a.example: is the same domain as domains/A.EXAMPLE")
        with self.broken("a domain behind a link that leads nowhere"):
            (self.server.config / "domains/b.example").symlink_to("/srv/nosuch/b.example")
            self.refused("domains/b.example: No such file or directory")
        for name in (users, aliases, properties):
            with self.broken(f"{name} is a link that leads nowhere"):
                (self.server.config / name).unlink(missing_ok=True)
                (self.server.config / name).symlink_to("/srv/nosuch/file")
                self.refused(f"{name}: No such file or directory")
        with self.broken("users is a folder"):
            (self.server.config / users).unlink()
            (self.server.config / users).mkdir()
            self.refused(f"{users}: is not a regular file")

    def test_files_that_the_server_may_not_read(self):
        """Root can read everything: what counts is the account that the server drops to."""
        if not others_may_pass():
            self.skipTest("/ is closed to other accounts")
        users = self.server.domain_file("a.example", "users")
        with self.broken("users"):
            users.chmod(0o600 if IS_ROOT else 0)
            if IS_ROOT:
                self.server.set("user", "nobody")
                for file in self.certs.iterdir():
                    file.chmod(0o644)
            self.refused("domains/a.example/users: Permission denied")
        with self.broken("a folder that certbot keeps for itself"):
            live = self.server.config / "live"
            self.certs.rename(live)
            (self.server.config / "certs/letsencrypt").symlink_to(live)
            live.chmod(0o600 if not IS_ROOT else 0o700)
            users.chmod(0o644)
            if IS_ROOT:
                self.server.set("user", "nobody")
            self.refused("certs/letsencrypt/fullchain.pem: Permission denied\n"
                         "certs/letsencrypt/privkey.pem: Permission denied")
            live.chmod(0o755)

    @staticmethod
    def no_plugin(file, found, expected, cause):
        return f"plugin {file}: found {found}, expected {expected}; usual cause: {cause}"

    def plugin(self, path):
        """The configuration names this file for a courier."""
        self.append(f"courier.extra.plugin = {path}")
        return str(path).replace(str(self.server.folder), "DIR")

    def plugin_refused(self, path, *complaint):
        with self.broken(path.name):
            name = self.plugin(path)
            self.refused("postrider.properties:NEXT: courier.extra.plugin: " + self.no_plugin(name, *complaint))

    def test_plugins(self):
        folder = self.server.folder / "plugins"
        folder.mkdir(mode=0o755)
        with self.broken("unknown"):
            self.append("courier.extra.plugin = mailder")
            self.refused("postrider.properties:NEXT: courier.extra.plugin: " + self.no_plugin(
                "PLUGINS/courier_mailder.so", "No such file or directory", "a plugin library",
                "the plugin's name is misspelt, it is not installed, or plugin.dir is wrong"))
        (folder / "courier_text.so").write_text("#!/bin/sh\nexec procmail\n")
        self.plugin_refused(folder / "courier_text.so", "a text file", "a shared library (ELF)",
                            "a script or a linker's input in the place of the built plugin")
        self.plugin_refused(build(folder, "courier_stranger", "int nothing_of_ours;"),
                            "a library without the symbol postrider_plugin", "a postrider plugin",
                            "another program's library, or POSTRIDER_PLUGIN is missing")
        # Lazily bound, as POCO's ClassLoader does it, this one would load, and end the server at its first call.
        lazy = build(folder, "courier_lazy", "void nobody_has_this(void); void f(void) { nobody_has_this(); }",
                     "-Wl,-z,lazy")
        self.plugin_refused(lazy, f"{str(lazy).replace(str(self.server.folder), 'DIR')}: undefined symbol: nobody_has_this",
                            "a library whose every symbol is there",
                            "built against another version of postrider, or a library it needs is missing")
        self.plugin_refused(build(folder, "courier_magic", 'const char postrider_plugin[256] = "postrider-plugged";'),
                            "a symbol postrider_plugin that is no descriptor",
                            'the magic word "postrider-plugin" at its start',
                            "the descriptor was not made by POSTRIDER_PLUGIN")
        self.plugin_refused(build(folder, "courier_future", "const struct { char magic[16]; unsigned major, minor; }\n"
                                  'postrider_plugin = {"postrider-plugin", 99, 0};'),
                            "plugin API 99.0", "plugin API 1.0 (an older minor is fine)",
                            "built for another version of postrider; build it again")

    def test_plugins_that_others_could_change(self):
        folder = self.server.folder / "plugins"
        folder.mkdir(mode=0o755)
        loose = copy_of("courier_lmtp", folder)
        loose.chmod(0o775)
        self.plugin_refused(loose, "DIR/plugins/courier_lmtp.so writable by its group",
                            "a file in a folder, both owned by root or the server's user and writable by nobody else",
                            "installed by another user or with a loose umask (chown root, chmod go-w)")
        link = folder / "courier_link.so"
        link.symlink_to(loose)
        self.plugin_refused(link, "a symbolic link", "a regular file", "a link left by hand; name the real file")

    def test_two_plugins_of_one_name(self):
        folder = self.server.folder / "plugins"
        folder.mkdir(mode=0o755)
        old = copy_of("courier_maildir", folder)
        with self.broken("a copy beside the original"):
            name = self.plugin(old)
            self.append("courier.extra.path = /srv/mail")
            # Instances are made in the order of their names: the copy is there when `maildir` is looked at.
            self.refused(f"postrider.properties:{self.line('courier.maildir.plugin')}: courier.maildir.plugin: " +
                         self.no_plugin("PLUGINS/courier_maildir.so", f"the name 'maildir', which {name} has too",
                                        "every plugin to have a name of its own",
                                        "an old copy of a plugin left behind"))

    def test_plugin_settings(self):
        with self.broken("missing"):
            self.append("courier.dovecot.plugin = lmtp")
            self.refused("postrider.properties:NEXT: courier.dovecot.address is required and missing")
        with self.broken("unread"):
            self.append("courier.maildir.pth = /srv/mail")
            self.refused("postrider.properties:NEXT: courier.maildir.pth: the plugin 'maildir' has no such option; did "
                         "you mean courier.maildir.path?")
        with self.broken("a required one misspelt"):
            self.append("courier.dovecot.plugin = lmtp\ncourier.dovecot.adress = /run/lmtp")
            self.refused(f"postrider.properties:{self.last + 2}: courier.dovecot.adress is no option; did you mean "
                         "courier.dovecot.address?")
        with self.broken("bad"):
            self.server.set("courier.maildir.path", "mail/%d/%u")
            self.refused(f"postrider.properties:{self.line('courier.maildir.path')}: courier.maildir.path must begin "
                         "with /")

    def test_ports_in_use(self):
        for key, port in (("listen.smtp", self.server.smtp), ("listen.monitoring", self.server.monitoring)):
            with self.broken(key), socket.socket() as other:
                other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                # Were the server's socket to have it too, both would get half of the connections.
                other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                other.bind((self.server.ip, port))
                other.listen()
                self.check_is_good()
                self.refuses_to_start(f"postrider.properties:{self.line(key)}: {key}: cannot listen on "
                                      f"{self.server.ip}:{port}: Address already in use", REFUSED)

    @unittest.skipUnless(IS_ROOT, "only root drops to an account")
    def test_no_such_account(self):
        with self.broken("user"):
            self.server.set("user", "no-such-account")
            self.refused(f"postrider.properties:{self.line('user')}: user: 'no-such-account': there is no such account; "
                         "make it with: adduser --system --group --no-create-home no-such-account")

    def test_data_folder(self):
        line = f"postrider.properties:{self.line('data.dir')}: data.dir: DIR/data: "
        with self.broken("a file in its place"):
            shutil.rmtree(self.server.data)
            self.server.data.write_text("")
            self.check_is_good()  # which opens no database
            self.refuses_to_start(f"{line}Not a directory", REFUSED)
        with self.broken("not writable"):
            if not others_may_pass():
                self.skipTest("/ is closed to other accounts")
            self.server.data.chmod(0o555)
            for file in (self.server.domain_file("a.example", "users"), *self.certs.iterdir()):
                file.chmod(0o644)  # what nobody may not read would be told, too
            # Not `user = nobody`: then the server, still root, would give the folder to its account.
            nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if IS_ROOT else []
            self.refuses_to_start(f"{line}Permission denied; it must belong to the account that the server runs as",
                                  REFUSED, nobody)
            self.server.data.chmod(0o755)
        with self.broken("a file in the place of the spool"):
            shutil.rmtree(self.server.data / "spool")
            (self.server.data / "spool").write_text("")
            self.refuses_to_start("postrider cannot run: cannot use DIR/data/spool: Not a directory", CANNOT_RUN)

    def database(self, name, sql):
        connection = sqlite3.connect(self.server.data / name)
        connection.executescript(sql)
        connection.close()

    def test_databases(self):
        with self.broken("a later schema"):
            self.database("queue.db", "pragma user_version = 99")
            self.check_is_good()
            self.refuses_to_start("postrider cannot run: DIR/data/queue.db has schema version 99, this release knows 3: "
                                  "it was written by a later release; start that one", CANNOT_RUN)
            self.assertEqual(self.server.query("pragma user_version"), [(99,)])
            self.assertEqual(self.server.states(), {"pending": 1})
        with self.broken("the database of another program"):
            (self.server.data / "queue.db").unlink()
            self.database("queue.db", "create table theirs (a)")
            self.refuses_to_start("postrider cannot run: DIR/data/queue.db has tables but no schema version: it is not "
                                  "ours", CANNOT_RUN)
            self.assertEqual(self.server.query("select name from sqlite_schema"), [("theirs",)])
        with self.broken("no database"):
            (self.server.data / "queue.db").write_bytes(b"no database\n" * 1000)
            self.refuses_to_start("postrider cannot run: DIR/data/queue.db: file is not a database", CANNOT_RUN)
            self.assertTrue((self.server.data / "queue.db").read_bytes().startswith(b"no database\n"))

    def test_the_journal_cannot_stop_mail(self):
        with self.broken("a later schema"):
            self.database("journal.db", "pragma user_version = 99")
            self.server.start()
            complaint = ("journal.db has schema version 99, this release knows 1: it was written by a later release; "
                         "start that one")
            wait_for("the complaint", lambda: complaint in self.server.log())
            self.send("unjournalled")
            self.accepted.remove("unjournalled")  # it goes when the data folder is put back
            self.assertEqual(self.server.stop(), 0)

    def test_second_server(self):
        self.server.start()
        second = self.keep(Postrider(self.server.folder / "second", self.net, 2, data__dir=self.server.data))
        result = run(second.argv())
        self.assertEqual((result.stderr, result.returncode),
                         (f"postrider cannot run: another postrider (process {self.server.process.pid}) works on this "
                          f"queue, {self.server.data}/queue.lock is locked: Device or resource busy\n", CANNOT_RUN))
        same_ports = self.outcome()
        self.assertEqual(same_ports[1], REFUSED)
        self.assertEqual(same_ports[0].count("Address already in use"), 3, same_ports[0])
        self.send("still-served")

    def test_who_calls_a_daemon_hears_why_it_cannot_start(self):
        with self.broken("key"):
            self.append("sesion.max = 5")
            self.assertEqual(self.outcome("--daemon"),
                             (f"postrider.properties:{self.last + 1}: sesion.max: unknown key; did you mean session.max?",
                              REFUSED))
        with self.broken("port"), socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.bind((self.server.ip, self.server.smtp))
            other.listen()
            self.assertEqual(self.outcome("--daemon"),
                             (f"postrider.properties:{self.line('listen.smtp')}: listen.smtp: cannot listen on "
                              f"{self.server.ip}:{self.server.smtp}: Address already in use", REFUSED))
        with self.broken("a later schema"):
            self.database("queue.db", "pragma user_version = 99")
            self.assertEqual(self.outcome("--daemon"),
                             ("postrider cannot run: DIR/data/queue.db has schema version 99, this release knows 3: it was "
                              "written by a later release; start that one", CANNOT_RUN))
        self.assertEqual(self.outcome("--daemon", "start"),
                         ("unexpected argument: start; postrider --help shows the usage", USAGE))
        self.assertEqual(self.outcome("--daemon", "--check"), ("the configuration in DIR/config is good", 0))


main()
