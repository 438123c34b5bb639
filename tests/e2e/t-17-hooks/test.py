#!/usr/bin/env python3
"""Hooks: programs, good and bad, about each message; lists in DNS; greylisting."""
import email
import os
import pathlib
import shutil
import signal
import smtplib
import socket
import ssl
import stat
import subprocess
import time

from support.case import EndToEnd, main
from support.process import wait_for

BODY = "From: s@b.example\r\nSubject: x\r\n\r\nhello\r\n"
ROOT = pathlib.Path(__file__).resolve().parents[3]


class Hooks(EndToEnd):
    def start(self, **settings):
        self.server = self.postrider(**settings)
        self.server.add_user("alice@a.example").add_user("bob@a.example").add_user("postmaster@a.example")
        self.server.domain_file("a.example", "aliases").write_text("team: alice, bob\n")
        self.server.start()

    def stranger(self, number=9):
        """A client on port 25 that comes from an address of its own."""
        client = smtplib.SMTP(self.server.ip, self.server.smtp, timeout=60, source_address=(self.net.ip(number), 0),
                              local_hostname="client.b.example")
        self.addCleanup(client.close)
        return client

    def send(self, *recipients, client=None, sender="s@b.example"):
        """(code, text) of the last reply to a message."""
        client = client or self.stranger()
        client.ehlo_or_helo_if_needed()
        client.mail(sender)
        for recipient in recipients or ("alice@a.example",):
            code, text = client.rcpt(recipient)
            if code != 250:
                client.rset()
                return code, text.decode()
        code, text = client.data(BODY)
        return code, text.decode()

    def decisions(self, outcome):
        """(address, reason) of what hooks decided, once there is something."""
        return wait_for(f"hook {outcome} in the journal", lambda: self.server.query(
            "select address, reason from decisions where step = 'hook' and outcome = ? order by id", outcome,
            database="journal.db"))


class Exec(Hooks):
    settings = {"hooks": "post-data", "hook__post-data__plugin": "exec"}

    def hook(self, text):
        """Puts a program in its place, at once or not at all."""
        path = self.server.config / "hooks" / "post-data"
        path.parent.mkdir(exist_ok=True)
        new = path.with_name("new")
        new.write_text("#!/bin/sh\n" + text + "\n")
        new.chmod(0o755)
        new.rename(path)

    def assertAccepts(self, code_and_text):
        self.assertEqual(code_and_text[0], 250, code_and_text)

    def test_without_a_program_there_is_no_hook(self):
        self.start(**self.settings)
        self.assertAccepts(self.send())
        self.hook("exit 20")
        self.assertEqual(self.send()[0], 554)

    def test_what_it_is_told_and_what_it_adds(self):
        self.start(**self.settings)
        out = self.folder / "out"
        self.hook(f"env > {out}.env; cat > {out}.message; echo 'X-One: 1'; printf 'X-Two: two\\n  and more\\n'")
        client = self.stranger()
        self.assertAccepts(self.send("team@a.example", "alice+x@a.example", client=client))
        world = dict(line.split("=", 1) for line in pathlib.Path(f"{out}.env").read_text().splitlines())
        address = client.sock.getsockname()
        for name, value in {"REMOTE_ADDR": f"{address[0]}:{address[1]}", "EHLO_DOMAIN": "client.b.example",
                            "EHLO_DOMAIN_RAW": "client.b.example", "MAIL_FROM": "s@b.example",
                            "RCPT_TO": "team@a.example alice+x@a.example", "AUTH_AS": "", "ON_TLS": "0",
                            "FROM_LOCAL_DOMAIN": "0", "SPF_PASS": "0", "PWD": str(self.server.config), "LISTENER": "smtp"}.items():
            self.assertEqual(world[name], value, name)
        self.assertEqual(set(world["RCPT_TO_RESOLVED"].split()), {"alice@a.example", "bob@a.example"})
        self.assertEqual(set(world) - {"_", "SHLVL", "OLDPWD"}, {
            "PATH", "SHELL", "USER", "PWD", "REMOTE_ADDR", "EHLO_DOMAIN", "EHLO_DOMAIN_RAW", "MAIL_FROM", "RCPT_TO",
            "RCPT_TO_RESOLVED", "AUTH_AS", "ON_TLS", "FROM_LOCAL_DOMAIN", "SPF_PASS", "LISTENER", "QUEUE_ID"})

        [raw] = self.server.wait_mail("bob@a.example")
        message = email.message_from_bytes(raw)
        self.assertEqual(message["X-One"], "1")
        self.assertEqual(" ".join(message["X-Two"].split()), "two and more")
        self.assertLess(list(message.keys()).index("X-One"), list(message.keys()).index("X-Two"))
        self.assertIn(world["QUEUE_ID"], message["Received"])
        seen = pathlib.Path(f"{out}.message").read_bytes()
        self.assertNotIn(b"\r", seen)
        seen = email.message_from_bytes(seen)
        self.assertEqual(seen["Received"], message["Received"])
        self.assertEqual(seen.get_payload(), "hello\n")

    def test_a_user_of_ours(self):
        self.start(**self.settings)
        out = self.folder / "out"
        self.hook(f'echo "$AUTH_AS $ON_TLS $FROM_LOCAL_DOMAIN $LISTENER" > {out}')
        client = self.client(self.server, "alice@a.example")
        client.sendmail("alice@a.example", ["bob@a.example"], "From: alice@a.example\r\n\r\nx\r\n")
        self.assertEqual(out.read_text(), "alice@a.example 1 1 submission\n")

    def test_refusals(self):
        self.start(**self.settings)
        self.hook("echo first; echo 'We do not want this'; exit 20")
        self.assertEqual(self.send(), (554, "5.7.1 We do not want this"))
        self.hook("echo 'Not today'; exit 1")
        self.assertEqual(self.send(), (451, "4.7.1 Not today"))
        self.hook("exit 75")
        self.assertEqual(self.send()[0], 451)
        reasons = [reason for _, reason in wait_for("three refusals", lambda: (
            lambda rows: rows if len([r for r in rows if r[1].startswith("post-data: ")]) == 3 else None)(
                self.decisions("refused"))) if reason.startswith("post-data: ")]
        self.assertEqual(reasons[0], "post-data: exit status 20, it said: We do not want this")
        self.assertEqual(self.server.states(), {})
        self.assertIn("We do not want this", self.server.ctl("explain", "s@b.example").stdout)

    BAD = {
        "no header field": "echo 'hello there'",
        "without an end": "printf 'X-One: 1'",
        "an empty line": "printf 'X-One: 1\\n\\nbody\\n'",
        "a continuation of nothing": "echo ' X-One: 1'",
        "no text": "printf 'X-One: \\377\\n'",
        "too much": "echo 'X-One: 1'; yes xxxxxxxxx | head -c 3000000",
        "ended by signal 11": "kill -SEGV $$",
        "Exec format error|not found|No such file": None,
    }

    def test_nonsense_defers_one_message_and_is_journaled(self):
        self.start(**self.settings)
        client = self.stranger()
        for number, (reason, text) in enumerate(self.BAD.items(), 1):
            with self.subTest(reason):
                self.hook(text or "")
                if text is None:
                    (self.server.config / "hooks/post-data").write_text("#!/no/such/interpreter\n")
                code, said = self.send(client=client)
                self.assertEqual((code, said[:5]), (451, "4.3.0"), said)
                rows = wait_for("the journal", lambda: (
                    lambda rows: rows if len(rows) == number else None)(self.decisions("failed")))
                self.assertEqual(rows[-1][0], "s@b.example")
                self.assertRegex(rows[-1][1], reason)
                self.assertEqual(self.server.states(), {})
        # Neither the session nor the hook has suffered.
        self.hook("echo 'X-Good: yes'")
        self.assertAccepts(self.send(client=client))
        [raw] = self.server.wait_mail("alice@a.example")
        self.assertIn(b"\nX-Good: yes\n", raw)
        self.assertIn("A hook could not be asked", self.server.ctl("explain", "s@b.example").stdout)

    def test_on_error_accept(self):
        self.start(**self.settings, **{"hook__post-data__on_error": "accept"})
        self.hook("printf 'X-Good: yes\\nhello\\n'")
        self.assertAccepts(self.send())
        [raw] = self.server.wait_mail("alice@a.example")
        self.assertNotIn(b"X-Good", raw)
        self.decisions("failed")

    def test_hanging_again_and_again(self):
        self.start(**self.settings, **{"hook__post-data__timeout": "2s"})
        pids = self.folder / "pids"
        self.hook(f"sleep 600 & echo $! >> {pids}; cat > /dev/null; wait")
        client = self.stranger()
        for _ in range(4):
            begin = time.monotonic()
            self.assertEqual(self.send(client=client)[0], 451)
            self.assertLess(time.monotonic() - begin, 60)
        for pid in pids.read_text().split():
            status = pathlib.Path(f"/proc/{pid}/status")
            wait_for("the children to be gone", lambda: not status.exists() or "State:\tZ" in status.read_text())
        self.assertEqual({reason for _, reason in self.decisions("failed")}, {"post-data: the program took too long"})
        # It is still called: hooks that end their work in time are not bypassed. A busy machine may need a few tries.
        self.hook("echo 'X-Called: yes'")
        wait_for("a program that is quick", lambda: self.send(client=client)[0] == 250)
        [raw] = self.server.wait_mail("alice@a.example")
        self.assertIn(b"\nX-Called: yes\n", raw)

    def test_input_unread_and_children_left_behind(self):
        self.start(**self.settings)
        left = self.folder / "left"
        self.hook(f"exec 0<&-; sleep 600 & echo $! > {left}; echo 'X-Quick: yes'")
        client = self.stranger()
        client.ehlo()
        client.sendmail("s@b.example", ["alice@a.example"], BODY + "x" * 70 + "\r\n" + ("y" * 70 + "\r\n") * 40000)
        os.kill(int(left.read_text()), signal.SIGKILL)
        [raw] = self.server.wait_mail("alice@a.example")
        self.assertIn(b"\nX-Quick: yes\n", raw)

    def test_a_program_that_was_named_must_be_there(self):
        self.server = self.postrider(**self.settings, **{"hook__post-data__command": "hooks/none"})
        status, said = self.server.check()
        self.assertEqual(status, 78, said)
        self.assertIn("hook.post-data.command names no program: ", said)


class Example(EndToEnd):
    """conf/hooks/post-data.example, with filters that say what the test wants."""

    def run_example(self, message="Subject: x\n\nhello\n", env=(), **tools):
        bin_ = self.folder / "bin"
        shutil.rmtree(bin_, ignore_errors=True)
        bin_.mkdir()
        for name, text in tools.items():
            path = bin_ / name
            path.write_text("#!/bin/sh\n" + text + "\n")
            path.chmod(path.stat().st_mode | stat.S_IXUSR)
        # Nothing else: filters that are installed here are not meant.
        for name in ("cat", "cut", "head", "mktemp", "rm", "sed", "tr"):
            (bin_ / name).symlink_to(shutil.which(name))
        temporary = self.folder / "tmp"
        temporary.mkdir(exist_ok=True)
        world = {"PATH": str(bin_), "TMPDIR": str(temporary), "REMOTE_ADDR": "[2001:db8::1]:4711",
                 "EHLO_DOMAIN": "client.example", "MAIL_FROM": "s@b.example",
                 "RCPT_TO": "alice@a.example bob@a.example", "AUTH_AS": "", **dict(env)}
        result = subprocess.run([ROOT / "conf/hooks/post-data.example"], input=message, capture_output=True, text=True,
                                env=world, timeout=60)
        self.assertEqual(os.listdir(temporary), [], "it leaves no file behind")
        self.assertEqual(result.stderr, "")
        return result.returncode, result.stdout

    def test_without_filters(self):
        self.assertEqual(self.run_example(), (0, ""))

    def test_all_filters_content(self):
        seen = self.folder / "seen"
        answer = self.run_example(
            greylist=f'echo "$@" >> {seen}; echo white',
            spamc=f'cat >> {seen}; echo 1.2/5.0',
            rspamc=f'echo "$@" >> {seen}; printf "Action: add header\\nScore: 6.90 / 15.00\\n"',
            clamdscan='cat > /dev/null; exit 0')
        self.assertEqual(answer, (0, "X-Greylist: passed\nX-Spam-Score: 1.2/5.0\nX-Spam-Flag: YES\n"
                                     "X-Spamd-Score: 6.90 / 15.00\nX-Virus-Scanned: clean\n"))
        self.assertEqual(seen.read_text(),
                         "update 2001:db8::1 s@b.example alice@a.example\nupdate 2001:db8::1 s@b.example bob@a.example\n"
                         "Subject: x\n\nhello\n"
                         "--ip 2001:db8::1 --helo client.example --from s@b.example --rcpt alice@a.example "
                         "--rcpt bob@a.example\n")

    def test_each_filter_refuses(self):
        for tool, text, status in (("greylist", "echo grey", 75), ("greylist", "echo grey; exit 1", 75),
                                   ("greylist", "echo black; exit 2", 75), ("spamc", "echo 9.9/5.0; exit 1", 20),
                                   ("rspamc", "echo 'Action: reject'", 20), ("rspamc", "echo 'Action: soft reject'", 75),
                                   ("clamdscan", "echo 'stream: Eicar FOUND'; exit 1", 20)):
            with self.subTest(tool):
                code, said = self.run_example(**{tool: text})
                self.assertEqual(code, status)
                self.assertEqual(said.count("\n"), 1)

    def test_filters_that_are_out_of_order_are_skipped(self):
        answer = self.run_example(greylist="echo gone >&2; exit 1", spamc="echo 0/0; exit 1", rspamc="exit 1", clamdscan="exit 2")
        self.assertEqual(answer, (0, ""))

    def test_our_users_are_not_greylisted(self):
        self.assertEqual(self.run_example(env={"AUTH_AS": "alice@a.example"}, greylist="echo grey"), (0, ""))


class Dnsbl(Hooks):
    def name_of(self, number, zone):
        return ".".join(reversed(self.net.ip(number).split("."))) + "." + zone

    def begin(self, lists, **settings):
        self.names = self.dns(
            f"{self.name_of(9, 'bad.example')}. A 127.0.0.2", f"{self.name_of(9, 'worse.example')}. A 127.0.0.9",
            f"{self.name_of(8, 'bad.example')}. A 127.0.0.2", f"{self.name_of(8, 'worse.example')}. A 127.0.0.9",
            f"{self.name_of(8, 'good.example')}. A 127.0.3.1",
            f"{self.name_of(7, 'bad.example')}. A 127.255.255.254", f"{self.name_of(6, 'bad.example')}. A 198.51.100.1")
        self.start(hooks="lists", hook__lists__plugin="dnsbl", hook__lists__lists=lists, dns__forward=self.names.forward,
                   hook__lists__ask_private="yes", **settings)

    def test_scores(self):
        self.begin("bad.example=127.0.0.2..3*2, worse.example, good.example=127.0..255.0.1*-9, good.example=127.0.3.1*-2, "
                   "clean.example*9", hook__lists__threshold="3")
        code, said = self.send(client=self.stranger(9))
        self.assertEqual((code, said), (550, f"5.7.1 No mail is taken from {self.net.ip(9)}, it is listed by "
                                             "bad.example, worse.example"))
        self.assertEqual(self.send("postmaster@a.example", client=self.stranger(9))[0], 250)
        for number in (8, 5):
            self.assertEqual(self.send(client=self.stranger(number))[0], 250, number)
        [row] = self.decisions("refused")
        self.assertEqual(row, ("alice@a.example", "lists: score 3 of 3: bad.example 127.0.0.2 (+2), "
                                                  "worse.example 127.0.0.9 (+1)"))
        self.assertIn("score 3 of 3", self.server.ctl("explain", "alice@a.example").stdout)

    def test_answers_that_are_none(self):
        self.begin("bad.example")
        for number in (7, 6, 7, 6):
            self.assertEqual(self.send(client=self.stranger(number))[0], 250, number)
        self.assertEqual(self.server.log().count("dns-list-useless"), 1)
        self.assertEqual(self.send(client=self.stranger(9))[0], 550)

    def test_our_users_are_never_asked_about(self):
        self.begin("bad.example")
        client = smtplib.SMTP(self.server.ip, self.server.submission, timeout=30, source_address=(self.net.ip(9), 0))
        self.addCleanup(client.close)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        client.starttls(context=context)
        client.login("alice@a.example", "secret-password")
        client.sendmail("alice@a.example", ["bob@a.example"], "From: alice@a.example\r\n\r\nx\r\n")
        self.server.wait_mail("bob@a.example")

    def test_a_silent_name_server_holds_up_no_mail_for_long(self):
        self.begin("bad.example, worse.example, good.example", hook__lists__timeout="1s")
        self.names.stop()
        silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(silent.close)
        silent.bind((self.names.ip, self.names.port))
        begin = time.monotonic()
        self.assertEqual(self.send(client=self.stranger(9))[0], 250)
        self.assertLess(time.monotonic() - begin, 45)


class Greylist(Hooks):
    settings = {"hooks": "grey", "hook__grey__plugin": "greylist", "hook__grey__delay": "1s"}

    def test_first_try_and_second(self):
        self.start(**self.settings)
        code, said = self.send()
        self.assertEqual((code, said), (450, "4.7.1 We have not met before, please try again in a minute"))
        # A restart forgets nothing.
        self.server.stop()
        self.server.start()
        wait_for("the delay to pass", lambda: self.send()[0] == 250)
        self.assertEqual(self.send()[0], 250)
        self.assertEqual(self.send("bob@a.example")[0], 450)
        self.server.wait_mail("alice@a.example", 2)
        self.assertRegex(self.decisions("refused")[0][1], r"^grey: first tries from 127\.[0-9.]+/24 must wait, 1 seconds more$")
        [row] = self.server.query("select count(*) from triplet where passed_at is not null", database="greylist.db")
        self.assertEqual(row, (1,))

    def test_questions_without_a_sender_are_answered(self):
        self.start(**self.settings)
        client = self.stranger()
        client.ehlo()
        client.mail("")
        self.assertEqual(client.rcpt("alice@a.example")[0], 250)
        self.assertEqual(client.data(BODY)[0], 450)

    def test_our_users_do_not_wait(self):
        self.start(**self.settings)
        client = self.client(self.server, "alice@a.example")
        client.sendmail("alice@a.example", ["bob@a.example"], "From: alice@a.example\r\n\r\nx\r\n")
        self.server.wait_mail("bob@a.example")

    def test_a_damaged_file_defers_and_is_journaled(self):
        self.start(**self.settings)
        database = self.server.data / "greylist.db"
        self.assertFalse(database.exists())
        self.server.check()
        self.assertFalse(database.exists(), "a check makes no database")
        database.write_bytes(b"x" * 8192)
        self.assertEqual(self.send()[0], 451)
        self.assertRegex(self.decisions("failed")[0][1], r"^grey: .*greylist\.db")
        database.unlink()
        self.assertEqual(self.send()[0], 450)


main()
