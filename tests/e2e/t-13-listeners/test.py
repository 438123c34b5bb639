#!/usr/bin/env python3
"""Listeners: a proxy in front, TLS rules, trusted networks and their guard, sockets from systemd, rules that change."""
import shutil
import signal
import smtplib
import socket
import ssl
import sys

from support.case import EndToEnd, main
from support.haproxy import HAProxy
from support.http import get
from support.postrider import make_certificate
from support.process import SKIPPED, can_connect, run, wait_for
from support.systemd import start_with_sockets

PROXY, CLIENT, OTHER = 8, 9, 10  # addresses in the test's own network
FORGED = b"PROXY TCP4 192.0.2.66 192.0.2.1 50000 25\r\n"


def no_check():
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


class Listeners(EndToEnd):
    def setUp(self):
        super().setUp()
        self.server = self.postrider()
        self.server.add_user("alice@a.example").add_user("bob@a.example")

    def connect(self, number, port=None, ip=None, implicit=False):
        """smtplib from one of our addresses."""
        source = (self.net.ip(number), 0)
        ip, port = ip or self.server.ip, port or self.server.smtp
        if implicit:
            client = smtplib.SMTP_SSL(ip, port, timeout=30, context=no_check(), source_address=source)
        else:
            client = smtplib.SMTP(ip, port, timeout=30, source_address=source)
        self.addCleanup(client.close)
        return client

    def raw(self, number, port=None):
        sock = socket.create_connection((self.server.ip, port or self.server.smtp), timeout=30,
                                        source_address=(self.net.ip(number), 0))
        self.addCleanup(sock.close)
        return sock, sock.makefile("rb")

    def hup(self):
        before = self.server.log().count(" reloaded ")
        self.server.process.popen.send_signal(signal.SIGHUP)
        wait_for("the reload", lambda: self.server.log().count(" reloaded ") > before)


class Proxies(Listeners):
    def behind(self, options):
        """A server behind HAProxy; the ports of its smtp and submissions there."""
        if not shutil.which("haproxy"):
            print("haproxy is not installed: skipped")
            sys.exit(SKIPPED)
        for name in ("smtp", "submissions"):
            self.server.set(f"listen.{name}.proxy_from", self.net.ip(PROXY) + "/32")
        self.server.start()
        smtp, submissions = self.net.port(PROXY), self.net.port(PROXY)
        self.keep(HAProxy(self.folder / "haproxy", self.net.ip(PROXY),
                          [(smtp, (self.server.ip, self.server.smtp)),
                           (submissions, (self.server.ip, self.server.submissions))], options))
        return smtp, submissions

    def deliver_through(self, options):
        smtp, submissions = self.behind(options)
        client = self.connect(CLIENT, smtp, self.net.ip(PROXY))
        client.sendmail("x@elsewhere.example", ["bob@a.example"], "Subject: x\r\n\r\nby a proxy\r\n")
        client.quit()
        self.assertIn(f"[{self.net.ip(CLIENT)}]".encode(), self.server.wait_mail("bob@a.example")[0])
        client = self.connect(CLIENT, submissions, self.net.ip(PROXY), implicit=True)
        client.login("alice@a.example", "secret-password")
        client.sendmail("alice@a.example", ["bob@a.example"], "Subject: x\r\n\r\nTLS passed through\r\n")
        client.quit()
        self.server.wait_mail("bob@a.example", 2)
        log = self.server.log()
        self.assertRegex(log, rf" connected session=\w+ client={self.net.ip(CLIENT)}:\d+ listener=smtp")
        self.assertRegex(log, rf" authenticated session=\w+ client={self.net.ip(CLIENT)}:\d+ user=alice@a.example")
        wait_for("the journal", lambda: self.server.query(
            "select count(*) from decisions where step = 'connect' and client_ip = ? and inputs like ?",
            self.net.ip(CLIENT), f'%"proxy":"{self.net.ip(PROXY)}:%', database="journal.db")[0][0] >= 2)

    def test_version_1(self):
        self.deliver_through("send-proxy")

    def test_version_2(self):
        self.deliver_through("send-proxy-v2")

    def test_version_2_with_additional_information(self):
        self.deliver_through("send-proxy-v2 proxy-v2-options unique-id,crc32c")

    def test_a_health_check_is_a_session_of_the_proxy_itself(self):
        self.behind("send-proxy-v2 check check-send-proxy inter 200ms")
        wait_for("a health check",
                 lambda: f"client={self.net.ip(PROXY)}:" in self.server.log().replace("refused", ""))
        self.assertRegex(self.server.log(), rf" connected session=\w+ client={self.net.ip(PROXY)}:\d+ listener=smtp")

    def test_a_proxy_without_its_header_is_closed(self):
        self.behind("")
        sock, stream = self.raw(PROXY)
        sock.sendall(b"EHLO client.example\r\n")
        self.assertEqual(stream.read(), b"", "not a word")
        wait_for("the log", lambda: "no PROXY header" in self.server.log())
        sock, stream = self.raw(PROXY)
        self.assertEqual(stream.read(), b"", "who is silent is closed after seconds")
        wait_for("the log", lambda: "no PROXY header in time" in self.server.log())

    def test_a_header_from_elsewhere_is_not_believed(self):
        self.behind("send-proxy")
        sock, stream = self.raw(CLIENT)
        sock.sendall(FORGED)
        self.assertEqual(stream.readline()[:3], b"220")
        self.assertEqual(stream.readline()[:3], b"421", "another protocol: the session ends")
        self.assertRegex(self.server.log(), rf" connected session=\w+ client={self.net.ip(CLIENT)}:\d+ listener=smtp")
        self.assertNotIn("client=192.0.2.66", self.server.log())


class Trust(Listeners):
    def trusting(self):
        self.server.set("relay.trusted", self.net.ip(CLIENT))
        self.server.set("dns.forward", f"{self.net.ip(1)}:{self.net.port(1)}")
        self.server.start()

    def relay(self, number, name="app.example"):
        """The answer to a remote recipient."""
        client = self.connect(number)
        client.ehlo(name)
        client.mail("x@elsewhere.example")
        code, _ = client.rcpt("y@far.example")
        client.close()
        return code

    def test_nobody_is_trusted_by_default(self):
        self.server.start()
        self.assertEqual(self.relay(1), 550, "not even ourselves")

    def test_a_trusted_network_relays_and_nobody_else(self):
        self.trusting()
        self.assertEqual(self.relay(CLIENT), 250)
        self.assertEqual(self.relay(OTHER), 550)

    def test_the_guard_takes_the_trust_away_until_the_reload(self):
        self.trusting()
        witness = self.connect(CLIENT)
        witness.ehlo("host-0")
        for number in range(5):
            self.assertEqual(self.relay(CLIENT, f"host-{number}"), 250)
        self.assertEqual(get(self.server, "/healthz")[0], 200)
        sixth = self.connect(CLIENT)
        self.assertEqual(sixth.ehlo("stranger")[0], 421)
        self.assertEqual(witness.mail("x@elsewhere.example")[0], 421, "open sessions lose it too")
        self.assertEqual(self.relay(CLIENT, "host-0"), 550)
        status, _, text = get(self.server, "/healthz")
        self.assertEqual(status, 503)
        self.assertIn(f"{self.net.ip(CLIENT)} may not relay any more: 6 different EHLO names", text)
        self.assertIn(" error relay-trust-withdrawn client=" + self.net.ip(CLIENT), self.server.log())
        self.assertIn("postrider_relay_trust_withdrawn_total 1", get(self.server, "/metrics")[2])
        wait_for("the journal", lambda: self.server.query(
            "select count(*) from decisions where outcome = 'distrusted'", database="journal.db") == [(1,)])
        client = self.connect(CLIENT)
        client.ehlo("anybody")
        client.mail("x@elsewhere.example")
        self.assertEqual(client.rcpt("bob@a.example")[0], 250, "mail for us goes on")
        self.hup()
        self.assertEqual(self.relay(CLIENT), 250)
        self.assertEqual(get(self.server, "/healthz")[0], 200)

    def test_networks_that_are_too_wide_or_wrong_are_refused(self):
        for value, reason in (("0.0.0.0/0", "0.0.0.0/0 is half the world: the widest network here is /8"),
                              ("::/0", "::/0 is half the world: the widest network here is /32"),
                              ("10.1.2.3/16", "write 10.1.0.0/16 for the network"),
                              ("localhost", "expected a network such as 192.0.2.0/24")):
            with self.subTest(value=value):
                status, text = self.server.check("--set", f"relay.trusted={value}")
                self.assertEqual(status, 78, text)
                self.assertIn(f"relay.trusted: '{value}': ", text)
                self.assertIn(reason, text)


class Tls(Listeners):
    def version(self, newest):
        context = no_check()
        context.maximum_version = newest
        client = smtplib.SMTP_SSL(self.server.ip, self.server.submissions, timeout=30, context=context)
        self.addCleanup(client.close)
        return client.sock.version()

    def test_the_oldest_version_is_a_rule_that_a_reload_changes(self):
        self.server.start()
        self.assertEqual(self.version(ssl.TLSVersion.TLSv1_2), "TLSv1.2")
        self.server.set("listen.submissions.tls_min", "1.3")
        self.hup()
        with self.assertRaises(ssl.SSLError):
            self.version(ssl.TLSVersion.TLSv1_2)
        self.assertEqual(self.version(ssl.TLSVersion.TLSv1_3), "TLSv1.3")
        status, text = self.server.check("--set", "listen.smtp.tls_min=1.1")
        self.assertEqual(status, 78)
        self.assertIn("listen.smtp.tls_min: '1.1': expected 1.2 or 1.3", text)

    def shown(self, name, cipher):
        """The names in the certificate that a client with this SNI and these abilities is shown."""
        context = no_check()
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(cipher)
        with socket.create_connection((self.server.ip, self.server.submissions), timeout=30) as plain, \
                context.wrap_socket(plain, server_hostname=name) as sock:
            (self.folder / "shown.pem").write_text(ssl.DER_cert_to_PEM_cert(sock.getpeercert(True)))
        return run(["openssl", "x509", "-in", self.folder / "shown.pem", "-noout", "-ext", "subjectAltName"]).stdout.split()[-1]

    def test_sni_and_the_clients_abilities_choose_the_certificate(self):
        make_certificate(self.server.config / "certs/for-old-clients", self.server.hostname, key="rsa")
        make_certificate(self.server.config / "certs/other", "mx.other.example")
        self.server.start()
        for name, cipher, wanted in (("mx.other.example", "ECDHE", "mx.other.example"),
                                     (self.server.hostname, "ECDHE+aECDSA", self.server.hostname),
                                     (self.server.hostname, "ECDHE+aRSA", self.server.hostname),
                                     ("unknown.example", "ECDHE+aRSA", self.server.hostname),
                                     (None, "ECDHE", self.server.hostname)):
            with self.subTest(name=name, cipher=cipher):
                self.assertEqual(self.shown(name, cipher), f"DNS:{wanted}")

    def test_a_client_of_another_protocol_gets_no_handshake(self):
        self.server.start()
        for protocols, taken in ((["smtp"], "smtp"), (["h2", "smtp"], "smtp"), (["h2", "http/1.1"], None)):
            with self.subTest(protocols=protocols):
                context = no_check()
                context.set_alpn_protocols(protocols)
                with socket.create_connection((self.server.ip, self.server.submissions), timeout=30) as plain:
                    if taken is None:
                        self.assertRaises(ssl.SSLError, context.wrap_socket, plain)
                        continue
                    with context.wrap_socket(plain) as sock:
                        self.assertEqual(sock.selected_alpn_protocol(), taken)

    def test_tls_can_be_required_of_other_servers_too(self):
        self.server.set("listen.smtp.tls_required", "yes")
        self.server.start()
        client = self.connect(CLIENT)
        client.ehlo("client.example")
        self.assertEqual(client.mail("x@elsewhere.example")[0], 530)
        client.starttls(context=no_check())
        client.ehlo("client.example")
        self.assertEqual(client.mail("x@elsewhere.example")[0], 250)


class Sockets(Listeners):
    def listening(self, number):
        sock = socket.create_server((self.net.ip(number), self.net.port(number)))
        self.addCleanup(sock.close)
        return sock

    def start(self, *sockets):
        self.server.process = start_with_sockets(self.server.argv(), self.server.folder / "postrider.log", sockets)

    def test_several_sockets_of_one_name_and_one_for_monitoring(self):
        self.server.set("listen.smtp", "systemd")
        self.server.set("listen.monitoring", "systemd")
        one, two, pages = self.listening(1), self.listening(OTHER), self.listening(1)
        self.server.monitoring = pages.getsockname()[1]
        self.start(("smtp", one), ("monitoring", pages), ("smtp", two))
        for sock in (one, two):
            ip, port = sock.getsockname()
            client = self.connect(CLIENT, port, ip)
            client.sendmail("x@elsewhere.example", ["bob@a.example"], "Subject: x\r\n\r\nx\r\n")
        self.server.wait_mail("bob@a.example", 2)
        self.assertEqual(get(self.server, "/healthz")[0], 200)
        self.assertTrue(can_connect(self.server.ip, self.server.submission), "the others are bound")
        self.assertEqual(self.server.stop(), 0)

    def test_each_listener_takes_the_sockets_of_its_name(self):
        for name in ("submission", "submissions"):
            self.server.set(f"listen.{name}", "systemd")
        sockets = [(name, self.listening(number)) for number, name in
                   ((1, "submissions"), (CLIENT, "submission"), (OTHER, "submissions"), (OTHER, "submission"))]
        self.start(*sockets)
        for name, sock in sockets:
            ip, port = sock.getsockname()
            client = self.connect(CLIENT, port, ip, implicit=name == "submissions")
            client.ehlo("client.example")
            self.assertEqual("starttls" in client.esmtp_features, name == "submission")
            self.assertEqual(client.mail("alice@a.example")[0], 530, "both are for our users")
        self.assertEqual(self.server.stop(), 0)

    def test_a_socket_that_nobody_asked_for_is_named(self):
        self.start(("smtp", self.listening(1)))
        self.assertEqual(self.server.process.popen.wait(30), 78)
        self.assertIn("systemd passed a socket named smtp, but listen.smtp does not say systemd", self.server.log())


class Reload(Listeners):
    def test_limits_change_for_new_sessions(self):
        self.server.start()
        before = self.connect(CLIENT)
        self.server.set("message.max_size", "1M")
        self.server.set("session.max_per_ip", "2")
        self.hup()
        after = self.connect(CLIENT)
        after.ehlo("client.example")
        self.assertEqual(after.esmtp_features["size"], str(1024 * 1024))
        before.ehlo("client.example")
        self.assertEqual(before.esmtp_features["size"], str(50 * 1024 * 1024))
        with self.assertRaises(smtplib.SMTPConnectError) as refused:
            self.connect(CLIENT)
        self.assertEqual(refused.exception.smtp_code, 421)

    def test_retry_times_change_for_what_is_decided_from_then_on(self):
        self.server.set("courier.remote", "dead")
        self.server.set("courier.dead.plugin", "lmtp")
        self.server.set("courier.dead.address", f"{self.net.ip(OTHER)}:{self.net.port(OTHER)}")
        self.server.start()
        client = self.client(self.server, "alice@a.example")

        def waits(number):
            """Seconds to the next attempt and to the end, of the message to that domain."""
            client.sendmail("alice@a.example", [f"x@far{number}.example"], "Subject: x\r\n\r\nx\r\n")
            sql = "select r.next_attempt_at - m.received_at, m.expires_at - m.received_at from recipient r " \
                  "join message m on m.id = r.message_id where r.attempts > 0 and r.final like ?"
            return wait_for("the attempt", lambda: self.server.query(sql, f"%far{number}.example"))[0]

        wait, life = waits(1)
        self.assertLess(wait, 120)
        self.assertEqual(life, 5 * 24 * 3600)
        self.server.set("queue.retry", "3h")
        self.server.set("queue.give_up_after", "2d")
        self.hup()
        wait, life = waits(2)
        self.assertGreaterEqual(wait, 3 * 3600)
        self.assertEqual(life, 2 * 24 * 3600)

    def test_a_changed_data_folder_moves_no_mailbox(self):
        self.server.set("courier.maildir.path", None)
        self.server.start()
        elsewhere = self.folder / "elsewhere"
        self.server.set("data.dir", elsewhere)
        self.hup()
        wait_for("the warning", lambda: "data.dir has changed; that counts after a restart" in self.server.log())
        self.connect(CLIENT).sendmail("x@elsewhere.example", ["bob@a.example"], "Subject: x\r\n\r\nstays\r\n")
        wait_for("the mail", lambda: list((self.server.data / "mail/a.example/bob/new").glob("*")))
        self.assertFalse(elsewhere.exists())

    def test_all_or_nothing(self):
        self.server.start()
        self.server.set("message.max_size", "1M")
        self.server.set("relay.trusted", "0.0.0.0/0")
        self.server.process.popen.send_signal(signal.SIGHUP)
        wait_for("the refusal", lambda: "reload-failed" in self.server.log())
        client = self.connect(CLIENT)
        client.ehlo("client.example")
        self.assertEqual(client.esmtp_features["size"], str(50 * 1024 * 1024))


main()
