#!/usr/bin/env python3
"""The program as a service: flags, signals, systemd's protocol, privileges."""
import os
import pathlib
import resource
import signal
import smtplib
import socket
import ssl
import time
import unittest

from support.case import EndToEnd, main, others_may_pass
from support.http import get
from support.postrider import make_certificate
from support.process import BIN, Process, can_connect, run, wait_for
from support.syslog import MAIL, SEVERITIES, Syslog

SECONDS = 10  # "within seconds"


def is_alive(pid):
    try:
        return "\nState:\tZ" not in pathlib.Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


class Service(EndToEnd):
    def setUp(self):
        super().setUp()
        self.server = self.postrider(session__grace="10s")
        self.server.add_user("alice@a.example").add_user("bob@a.example")

    def plain(self):
        """A session that has said EHLO."""
        client = smtplib.SMTP(self.server.ip, self.server.smtp, timeout=30)
        self.addCleanup(client.close)
        client.ehlo("client.example")
        return client

    def in_data(self):
        """A session in the middle of its content."""
        client = self.plain()
        client.mail("x@elsewhere.example")
        client.rcpt("bob@a.example")
        self.assertEqual(client.docmd("DATA")[0], 354)
        client.sock.sendall(b"Subject: half a message\r\n\r\nfirst half\r\n")
        wait_for("content to arrive", lambda: "receiving content" in get(self.server, "/sessions")[2])
        return client

    def certificate(self):
        """What a new handshake shows."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with socket.create_connection((self.server.ip, self.server.submissions), timeout=20) as raw:
            with context.wrap_socket(raw) as tls:
                return tls.getpeercert(binary_form=True)

    def rcpt(self, address):
        client = self.plain()
        client.mail("x@elsewhere.example")
        code, text = client.rcpt(address)
        client.quit()
        return code, text.decode()


class Flags(Service):
    def test_version_and_help(self):
        version = run([BIN / "postrider", "--version"])
        self.assertEqual((version.returncode, version.stderr), (0, ""))
        self.assertRegex(version.stdout, r"^postrider \d+\.\d+\.\d+\n$")
        text = run([BIN / "postrider", "--help"])
        self.assertEqual((text.returncode, text.stderr), (0, ""))
        for flag in ("--config-dir", "--set", "--check", "--daemon", "--pidfile", "--version", "--help"):
            self.assertIn(flag, text.stdout)

    def test_bad_usage_is_64_and_says_what(self):
        for argv, reason in ((["--frobnicate"], "frobnicate"), (["stray"], "unexpected argument: stray"),
                             (["--config-dir"], "config-dir"), (["--set", "hostname"], "expected KEY=VALUE"),
                             (["--daemon", "--frobnicate"], "frobnicate"), (["--check=x"], "check")):
            with self.subTest(argv=argv):
                result = run([BIN / "postrider", *argv])
                self.assertEqual(result.returncode, 64, result.stderr)
                self.assertIn(reason, result.stderr)
                self.assertIn("postrider --help shows the usage", result.stderr)
                self.assertEqual(result.stdout, "")

    def test_check(self):
        status, text = self.server.check()
        self.assertEqual(status, 0, text)
        self.assertIn("is good", text)
        self.assertEqual(list(self.server.data.iterdir()), [], "--check leaves nothing behind")
        for key, value in (("hostnam", "x"), ("session.max", "many"), ("courier.local", "nosuch")):
            with self.subTest(key=key):
                status, text = self.server.check("--set", f"{key}={value}")
                self.assertEqual(status, 78, text)
                self.assertIn(key, text)
        self.server.domain_file("a.example", "aliases").write_text("no colon\n")
        status, text = self.server.check()
        self.assertEqual(status, 78, text)
        self.assertIn("a.example/aliases:1:", text)

    def test_set_overrides_the_file_and_may_be_repeated(self):
        self.server.start("--set", "hostname=other.a.example", "--set", "message.max_size=1M",
                          "--set=session.max_recipients=101")
        client = self.plain()
        self.assertTrue(client.ehlo_resp.startswith(b"other.a.example"), client.ehlo_resp)
        self.assertEqual(client.esmtp_features["size"], str(1024 * 1024))

    def test_a_bad_configuration_is_refused_before_the_fork(self):
        pidfile = self.folder / "pid"
        self.server.set("session.maxx", "7")
        result = run(self.server.argv("--daemon", "--pidfile", pidfile))
        self.assertEqual(result.returncode, 78)
        self.assertIn("session.maxx", result.stderr)
        self.assertIn("did you mean session.max?", result.stderr)
        self.assertFalse(pidfile.exists())

    def test_daemon_and_pidfile(self):
        pidfile = self.folder / "pid"
        result = run(self.server.argv("--daemon", f"--pidfile={pidfile}"))
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))
        pid = int(pidfile.read_text())
        self.addCleanup(lambda: is_alive(pid) and os.kill(pid, signal.SIGKILL))
        self.assertTrue(can_connect(self.server.ip, self.server.smtp), "started means that it listens")
        self.assertEqual(os.getsid(pid), pid, "a session of its own")
        self.assertEqual(os.readlink(f"/proc/{pid}/cwd"), "/")
        self.assertEqual(self.rcpt("bob@a.example")[0], 250)
        second = run(self.server.argv("--check", "--pidfile", pidfile))
        self.assertEqual(second.returncode, 0, second.stderr)
        other = self.postrider("other", 1, listen__smtp=f"{self.server.ip}:{self.server.smtp}", log__syslog="yes")
        self.assertEqual(run(other.argv("--daemon", "--pidfile", pidfile)).returncode, 78)
        self.assertEqual(pidfile.read_text().strip(), str(pid), "the file is the running server's")
        os.kill(pid, signal.SIGTERM)
        wait_for("the daemon to end", lambda: not is_alive(pid))
        self.assertFalse(pidfile.exists())


class Logging(Service):
    def setUp(self):
        super().setUp()
        self.syslog = Syslog(self.folder)
        self.server.set("log.syslog", "yes")

    def test_syslog_hears_what_standard_error_does(self):
        self.server.start(env=self.syslog.env)
        self.plain().sendmail("x@elsewhere.example", ["bob@a.example"], "Subject: x\r\n\r\nlogged\r\n")
        self.server.wait_mail("bob@a.example")
        wait_for("the outcome", lambda: " info delivered " in self.server.log())
        self.server.set("hostname", "other.a.example")
        wait_for("a warning", lambda: " warning " in self.server.log())
        self.assertEqual(self.server.stop(), 0)
        lines = [line.split(" ", 2) for line in self.server.log().splitlines()]
        self.assertEqual(self.syslog.said("line"), [(SEVERITIES[severity], text) for _, severity, text in lines])
        self.assertEqual(self.syslog.said("open"), [(MAIL, "postrider")])
        events = [text.split()[0] for _, _, text in lines]
        for event in ("started", "connected", "queued", "attempt", "delivered", "disconnected", "stopped"):
            self.assertIn(event, events)

    def test_a_daemon_that_cannot_run_tells_syslog(self):
        self.server.start()
        second = self.postrider("second", 2, data__dir=self.server.data)
        result = run(second.argv("--daemon"), env=self.syslog.env)
        self.assertEqual(result.returncode, 70, result.stderr)
        self.assertRegex(result.stderr, "^postrider cannot run: another postrider ")
        (severity, text), = wait_for("its last words", lambda: self.syslog.said("line"))
        self.assertEqual(severity, SEVERITIES["error"])
        self.assertRegex(text, "^cannot-run reason=.another postrider .* works on this queue")


class Stopping(Service):
    def test_sigterm_lets_content_finish_and_sends_idle_clients_away(self):
        self.server.start()
        busy, idle = self.in_data(), self.plain()
        self.server.process.popen.send_signal(signal.SIGTERM)
        self.assertEqual(idle.getreply()[0], 421)
        self.assertEqual(idle.sock.recv(100), b"")
        wait_for("the port to close", lambda: not can_connect(self.server.ip, self.server.smtp))
        busy.sock.sendall(b"second half\r\n.\r\n")
        code, text = busy.getreply()
        self.assertEqual(code, 250, text)
        self.assertEqual(busy.getreply()[0], 421)
        began = time.monotonic()
        self.assertEqual(self.server.stop(), 0)
        self.assertLess(time.monotonic() - began, 9, "nobody was left to wait for")
        self.server.start()
        self.assertIn(b"second half", self.server.wait_mail("bob@a.example")[0])
        self.assertEqual(len(self.server.mailbox("bob@a.example")), 1)

    def test_the_grace_ends(self):
        self.server.set("session.grace", "2s")
        self.server.start()
        busy = self.in_data()
        began = time.monotonic()
        self.assertEqual(self.server.stop(), 0)
        self.assertGreater(time.monotonic() - began, 1.5)
        self.assertLess(time.monotonic() - began, 8, "the session might go on for half an hour")
        with self.assertRaises((smtplib.SMTPServerDisconnected, OSError)):
            busy.sock.sendall(b"x\r\n.\r\n")
            code, _ = busy.getreply()
            self.assertEqual(code, 421)
            busy.getreply()
        self.assertEqual(self.server.states(), {})

    def test_a_second_sigterm_ends_at_once(self):
        self.server.start()
        self.in_data()
        popen = self.server.process.popen
        popen.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        self.assertIsNone(popen.poll(), "the first waits")
        began = time.monotonic()
        popen.send_signal(signal.SIGTERM)
        popen.wait(10)
        self.assertLess(time.monotonic() - began, 6, "the grace is ten seconds")

    def test_sigint_stops_too(self):
        self.server.start()
        self.server.process.popen.send_signal(signal.SIGINT)
        self.assertEqual(self.server.process.popen.wait(20), 0)


class Reloading(Service):
    def hup(self):
        before = self.server.log().count("reload")
        self.server.process.popen.send_signal(signal.SIGHUP)
        wait_for("the reload", lambda: self.server.log().count("reload") > before)

    def test_sighup_shows_the_new_certificate_and_leaves_sessions_alone(self):
        self.server.start()
        old = self.certificate()
        client = self.client(self.server, "alice@a.example")
        make_certificate(self.server.config / "certs" / self.server.hostname, self.server.hostname)
        self.hup()
        self.assertNotEqual(self.certificate(), old)
        self.assertEqual(client.noop()[0], 250)
        client.sendmail("alice@a.example", ["bob@a.example"], "Subject: x\r\n\r\nin the old session\r\n")
        self.server.wait_mail("bob@a.example")

    def test_renewed_certificates_need_no_signal(self):
        self.server.start()
        old = self.certificate()
        make_certificate(self.server.config / "certs" / self.server.hostname, self.server.hostname)
        wait_for("the new certificate", lambda: self.certificate() != old, SECONDS)

    def test_sighup_reads_couriers_anew(self):
        self.server.start()
        elsewhere = self.server.folder / "elsewhere"
        self.server.set("courier.maildir.path", f"{elsewhere}/%d/%u")
        self.hup()
        client = self.plain()
        client.sendmail("x@elsewhere.example", ["bob@a.example"], "Subject: x\r\n\r\nmoved\r\n")
        wait_for("mail elsewhere", lambda: list((elsewhere / "a.example/bob/new").glob("*")))

    def test_sighup_with_a_bad_configuration_changes_nothing(self):
        self.server.start()
        self.server.set("courier.maildir.path", "relative")
        self.hup()
        self.assertIn("reload-failed", self.server.log())
        self.assertIn("courier.maildir.path", self.server.log())
        client = self.plain()
        client.sendmail("x@elsewhere.example", ["bob@a.example"], "Subject: x\r\n\r\nas before\r\n")
        self.server.wait_mail("bob@a.example")

    def test_what_sighup_cannot_change_is_named(self):
        self.server.start()
        self.server.set("hostname", "other.a.example")
        self.hup()
        wait_for("the warning", lambda: "hostname has changed; that counts after a restart" in self.server.log())
        self.assertTrue(self.plain().ehlo_resp.startswith(self.server.hostname.encode()))

    def test_users_and_aliases_change_without_a_signal(self):
        self.server.start()
        self.assertEqual(self.rcpt("carol@a.example")[0], 550)
        self.assertEqual(self.rcpt("team@a.example")[0], 550)
        self.server.add_user("carol@a.example")
        self.server.domain_file("a.example", "aliases").write_text("team: alice, bob\n")
        wait_for("carol", lambda: self.rcpt("carol@a.example")[0] == 250, SECONDS)
        wait_for("team", lambda: self.rcpt("team@a.example")[0] == 250, SECONDS)
        self.server.add_user("dave@new.example")
        wait_for("a new domain", lambda: self.rcpt("dave@new.example")[0] == 250, SECONDS)

    def test_a_bad_aliases_file_keeps_the_last_good_state_and_mends_itself(self):
        aliases = self.server.domain_file("a.example", "aliases")
        aliases.write_text("team: bob\n")
        self.server.start()
        status, _, text = get(self.server, "/healthz")
        self.assertEqual(status, 200, text)
        aliases.write_text("team: bob\nthis is no alias\n")
        wait_for("bad health", lambda: get(self.server, "/healthz")[0] == 503, SECONDS)
        self.assertIn("a.example/aliases:2:", get(self.server, "/healthz")[2])
        self.assertIn("a.example/aliases:2:", self.server.log())
        self.assertEqual(self.server.log().count("reload-failed"), 1, "said once")
        self.assertEqual(self.rcpt("team@a.example")[0], 250)
        aliases.write_text("team: bob\nnews: bob\n")
        wait_for("good health", lambda: get(self.server, "/healthz")[0] == 200, SECONDS)
        self.assertEqual(self.rcpt("news@a.example")[0], 250)

    def test_a_bad_certificate_keeps_the_last_good_one(self):
        self.server.start()
        old = self.certificate()
        chain = self.server.config / "certs" / self.server.hostname / "fullchain.pem"
        good = chain.read_bytes()
        chain.write_bytes(b"")
        wait_for("bad health", lambda: get(self.server, "/healthz")[0] == 503, SECONDS)
        self.assertIn("fullchain.pem", get(self.server, "/healthz")[2])
        self.assertEqual(self.certificate(), old)
        chain.write_bytes(good)
        wait_for("good health", lambda: get(self.server, "/healthz")[0] == 200, SECONDS)


class OutOfMemory(Service):
    """No more address space: what needs some is not done, what does not goes on."""

    def limit_memory(self, megabytes_more=None):
        status = pathlib.Path(f"/proc/{self.server.process.pid}/status").read_text()
        now = int(status.split("VmSize:")[1].split()[0]) * 1024
        limit = resource.RLIM_INFINITY if megabytes_more is None else now + megabytes_more * 1024 * 1024
        resource.prlimit(self.server.process.pid, resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))

    def test_a_reload_that_finds_none_changes_nothing_and_is_made_up_for(self):
        self.server.start()
        self.limit_memory(1)
        aliases = self.server.domain_file("a.example", "aliases")
        aliases.write_text("team: alice, bob\n" + "".join(f"x{n}: bob, alice\n" for n in range(100_000)))
        wait_for("the failure", lambda: "reload-failed reason=std::bad_alloc" in self.server.log())
        self.limit_memory()
        wait_for("the team", lambda: self.rcpt("team@a.example")[0] == 250)
        self.assertEqual(self.server.stop(), 0)

    def test_a_stop_without_a_thread_to_spare_is_a_graceful_one(self):
        self.server.start()
        client = self.in_data()
        self.limit_memory(1)
        self.server.process.popen.send_signal(signal.SIGTERM)
        wait_for("the stop", lambda: " stopping" in self.server.log())
        client.sock.sendall(b"second half\r\n.\r\n")
        self.assertEqual(client.getreply()[0], 250)
        self.assertEqual(self.server.process.popen.wait(60), 0)
        self.assertIn(" info stopped", self.server.log())


class ServiceManager(Service):
    def test_readiness_and_watchdog(self):
        path = self.folder / "notify"
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(notify.close)
        notify.bind(str(path))
        notify.settimeout(20)
        env = {**os.environ, "NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "4000000"}
        env.pop("WATCHDOG_PID", None)
        self.server.process = Process(self.server.argv(), self.server.folder / "postrider.log", env=env)
        self.assertEqual(notify.recv(4096), b"READY=1")
        self.assertTrue(can_connect(self.server.ip, self.server.smtp), "ready means ready")
        for _ in range(3):
            began = time.monotonic()
            self.assertEqual(notify.recv(4096), b"WATCHDOG=1")
            self.assertLess(time.monotonic() - began, 3.6)

        def next_that_is_no_heartbeat():
            return next(said for said in iter(lambda: notify.recv(4096), None) if said != b"WATCHDOG=1")

        self.server.process.popen.send_signal(signal.SIGHUP)
        self.assertIn(b"RELOADING=1", next_that_is_no_heartbeat())
        self.assertEqual(next_that_is_no_heartbeat(), b"READY=1")
        self.server.process.popen.send_signal(signal.SIGTERM)
        self.assertEqual(next_that_is_no_heartbeat(), b"STOPPING=1")
        self.assertEqual(self.server.stop(), 0)

    def start_with_sockets(self, names, sockets):
        """As systemd does: descriptors from 3 on, with the pid of the program itself."""
        script = 'exec 3<&"$A" 4<&"$B"; LISTEN_PID=$$; export LISTEN_PID; exec "$@"'
        env = {**os.environ, "LISTEN_FDS": str(len(sockets)), "LISTEN_FDNAMES": ":".join(names),
               "A": str(sockets[0].fileno()), "B": str(sockets[1].fileno())}
        self.server.process = Process(["bash", "-c", script, "bash", *self.server.argv()],
                                      self.server.folder / "postrider.log", env=env,
                                      pass_fds=[s.fileno() for s in sockets])

    def listening(self, port):
        s = socket.create_server((self.server.ip, port))
        self.addCleanup(s.close)
        return s

    def test_sockets_from_systemd(self):
        self.server.set("listen.smtp", "systemd")
        self.server.set("listen.submission", "systemd")
        sockets = [self.listening(self.server.submission), self.listening(self.server.smtp)]
        self.start_with_sockets(["submission", "smtp"], sockets)
        client = self.plain()
        self.assertNotIn("auth", client.esmtp_features)
        self.assertEqual(self.rcpt("bob@a.example")[0], 250)
        client = self.client(self.server, "alice@a.example")
        client.sendmail("alice@a.example", ["bob@a.example"], "Subject: x\r\n\r\nby systemd\r\n")
        self.server.wait_mail("bob@a.example")
        self.assertEqual(self.server.stop(), 0)

    def test_a_socket_that_was_not_passed_is_named(self):
        self.server.set("listen.smtp", "systemd")
        sockets = [self.listening(self.server.submission), self.listening(self.server.smtp)]
        self.start_with_sockets(["other", "another"], sockets)
        self.assertEqual(self.server.process.popen.wait(30), 78)
        self.assertIn("listen.smtp: systemd passed no socket named smtp", self.server.log())


@unittest.skipUnless(os.geteuid() == 0, "needs root")
class Privileges(Service):
    def test_root_binds_low_ports_and_becomes_somebody_else(self):
        if not others_may_pass():
            self.skipTest("/ is closed to other accounts")
        self.server.smtp = 25
        self.server.set("listen.smtp", f"{self.server.ip}:25")
        self.server.set("user", "nobody")
        self.folder.chmod(0o755)
        run(["chmod", "-R", "a+rX", self.server.config])
        os.chown(self.server.mail, 65534, 65534)
        self.server.start()
        status = dict(line.split(":\t", 1) for line in
                      pathlib.Path(f"/proc/{self.server.process.pid}/status").read_text().splitlines()
                      if ":\t" in line)
        self.assertEqual(status["Uid"].split(), ["65534"] * 4)
        self.assertEqual(set(status["Gid"].split()) | set(status["Groups"].split()), {"65534"})
        self.assertEqual(int(status["CapEff"], 16), 0)
        self.assertEqual(status["NoNewPrivs"], "1")
        client = self.plain()
        client.sendmail("x@elsewhere.example", ["bob@a.example"], "Subject: x\r\n\r\nunprivileged\r\n")
        self.server.wait_mail("bob@a.example")
        wait_for("the outcome", lambda: self.server.states() == {"delivered": 1})
        self.assertEqual((self.server.data / "queue.db").stat().st_uid, 65534)
        self.assertEqual((self.server.data / "queue.db").stat().st_mode & 0o007, 0, "nobody else's business")
        self.assertEqual(self.server.stop(), 0)

    def test_an_account_that_does_not_exist_is_named(self):
        self.server.set("user", "nosuchuser")
        result = run(self.server.argv())
        self.assertEqual(result.returncode, 78)
        self.assertIn("user: 'nosuchuser': there is no such account", result.stderr)


main()
