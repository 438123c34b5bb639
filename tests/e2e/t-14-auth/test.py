#!/usr/bin/env python3
"""Users log in by every mechanism with programs that are not ours; who may not is kept out; guessing gets nowhere."""
import base64
import collections
import concurrent.futures
import os
import re
import shutil
import smtplib
import ssl
import time
import unittest
import urllib.request

from support.case import EndToEnd, main
from support.postrider import make_certificate
from support.process import run, wait_for

MESSAGE = "From: alice@a.example\r\nTo: bob@a.example\r\nSubject: hello\r\n\r\nline one\r\n"
MECHANISMS = ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "PLAIN", "LOGIN"]
RIGHT, WRONG = "secret-password", "wrong"


class Auth(EndToEnd):
    def setUp(self):
        super().setUp()
        self.server = self.postrider()

    def certificate(self):
        return self.server.config / "certs" / self.server.hostname / "fullchain.pem"

    def add_with_verifier(self, address):
        self.server.ctl("user", "add", address, "--password-stdin", "--scheme", "scram-sha-256", stdin=RIGHT + "\n")

    def gsasl(self, mechanism, password, *more, server=None, user="alice@a.example"):
        """The client of GNU SASL, over STARTTLS by GnuTLS: whether it was let in, and what was said."""
        server = server or self.server
        result = run(["gsasl", "--smtp", f"--connect={server.ip}:{server.submission}", "--authentication-id",
                      user, "--password", password, "--mechanism", mechanism,
                      "--x509-ca-file=", f"--hostname={server.hostname}",
                      "--starttls", "--verbose", *more], env={**os.environ, "LC_ALL": "C.UTF-8"})
        return "235 2.7.0" in result.stdout, result.stdout + result.stderr

    def msmtp(self, auth, *more):
        return run(["msmtp", "--host", self.server.ip, "--port", str(self.server.submission), "--tls=on",
                    f"--tls-trust-file={self.certificate()}", f"--tls-host-override={self.server.hostname}",
                    f"--auth={auth}", "--user=alice@a.example", f"--passwordeval=echo {RIGHT}", *more,
                    "--from=alice@a.example", "bob@a.example"], input=MESSAGE.replace("\r\n", "\n"))

    def plain(self, server, user, password):
        """The code of one AUTH PLAIN, whose octets smtplib would not send."""
        client = self.client(server)
        client.ehlo("client.example")
        message = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
        return client.docmd("AUTH PLAIN " + message)[0]

    @staticmethod
    def subject(client):
        """The common name of the certificate that the server showed."""
        shown = ssl.DER_cert_to_PEM_cert(client.sock.getpeercert(binary_form=True))
        subject = run(["openssl", "x509", "-noout", "-subject", "-nameopt", "multiline"], input=shown).stdout
        return re.search(r"commonName += (\S+)", subject).group(1)

    def features(self):
        client = self.client(self.server)
        client.ehlo("client.example")
        return client.esmtp_features["auth"].split()

    def mechanisms_in_log(self):
        return re.findall(r" authenticated .*mechanism=(\S+)", self.server.log())

    def metric(self, outcome):
        url = f"http://{self.server.ip}:{self.server.monitoring}/metrics"
        with urllib.request.urlopen(url, timeout=10) as page:
            text = page.read().decode()
        return int(re.search(rf'^postrider_logins_total{{outcome="{outcome}"}} (\d+)', text, re.M).group(1))

    @unittest.skipUnless(shutil.which("gsasl"), "needs gsasl")
    def test_gnu_sasl_by_every_mechanism_in_both_versions_of_tls(self):
        self.add_with_verifier("alice@a.example")
        self.server.start()
        self.assertEqual(self.features(), MECHANISMS)
        for priority, mechanisms in (("NORMAL", MECHANISMS), ("NORMAL:-VERS-TLS1.3", MECHANISMS[1:])):
            for mechanism in mechanisms:
                # it refuses to go on without a binding that it could have
                binding = [] if mechanism.endswith("-PLUS") else ["--no-cb"]
                with self.subTest(mechanism=mechanism, tls=priority):
                    entered, said = self.gsasl(mechanism, RIGHT, f"--priority={priority}", *binding)
                    self.assertTrue(entered, said)
                    self.assertEqual("SCRAM-SHA-256-PLUS" in said, mechanisms is MECHANISMS, said)
                    entered, said = self.gsasl(mechanism, WRONG, f"--priority={priority}", *binding)
                    self.assertFalse(entered, said)
        by_password = ["password", "password"]
        self.assertEqual(self.mechanisms_in_log(), ["scram-sha-256-plus", "scram-sha-256", *by_password,
                                                    "scram-sha-256", *by_password])
        self.assertEqual((self.metric("accepted"), self.metric("rejected")), (7, 7))

    def test_mail_by_msmtp_and_swaks_for_a_user_with_a_verifier(self):
        self.add_with_verifier("alice@a.example")
        self.server.add_user("bob@a.example").start()
        for auth in ("on", "scram-sha-256", "plain", "login"):
            result = self.msmtp(auth)
            self.assertEqual(result.returncode, 0, f"{auth}: {result.stderr}")
        for auth in ("PLAIN", "LOGIN"):
            result = run(["swaks", "--server", self.server.ip, "--port", self.server.submission, "--tls", "--auth", auth,
                          "--auth-user", "alice@a.example", "--auth-password", RIGHT, "--from", "alice@a.example",
                          "--to", "bob@a.example", "--body", "by swaks"])
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.server.wait_mail("bob@a.example", 6)

    def test_one_domain_and_one_user_in_every_spelling(self):
        """A folder with a U-label, a certificate named so, logins and recipients of both forms (I-009, I-011)."""
        server = self.postrider("b", 2, hostname="mx.xn--bcher-kva.example", domains=("bücher.example",))
        (server.config / "certs" / server.hostname).rename(server.config / "certs" / "mx.bücher.example")
        make_certificate(server.config / "certs" / "a.other.example", "a.other.example")
        odd = ["o'hara", "a|b", "`id`", "$home", "user%d", "~root", "{x}", "ni=?x?=o"]
        for name in ("jürgen", "אבג", *odd):
            server.ctl("user", "add", f"{name}@xn--bcher-kva.example", "--password-stdin", stdin="pä ss\n")
        server.ctl("user", "add", "zoë@BÜCHER.example", "--password-stdin", "--scheme", "scram-sha-256", stdin="pä ss\n")
        self.assertEqual([folder.name for folder in (server.config / "domains").iterdir()], ["bücher.example"])
        server.start()
        client = self.client(server)
        self.assertEqual(self.subject(client), server.hostname, "the first certificate is the host's own")
        client.ehlo("client.example")
        for name in ("jürgen", "JU\u0308RGEN", "אבג", "ｊürgen", *odd):
            for domain in ("bücher.example", "xn--bcher-kva.example", "BU\u0308CHER.EXAMPLE"):
                self.assertEqual(self.plain(server, f"{name}@{domain}", "pa\u0308 ss"), 235, (name, domain))
        if shutil.which("gsasl"):
            for user in ("zoë@bücher.example", "ZOË@xn--bcher-kva.example"):
                for mechanism in MECHANISMS:
                    entered, said = self.gsasl(mechanism, "pä ss", *([] if mechanism.endswith("PLUS") else ["--no-cb"]),
                                               server=server, user=user)
                    self.assertTrue(entered, said)
        with smtplib.SMTP(server.ip, server.smtp, timeout=30) as stranger:
            stranger.ehlo("client.example")
            stranger.command_encoding = "utf-8"
            stranger.mail("x@client.example", ["SMTPUTF8"])
            for name in ("Jürgen", "אבג", "zo.ë+x", *odd):
                self.assertEqual(stranger.rcpt(f"{name}@bücher.example")[0], 250, name)
            self.assertEqual(stranger.data(MESSAGE)[0], 250)
        for name in ("jürgen", "אבג", "zoë", *odd):
            server.wait_mail(f"{name}@xn--bcher-kva.example")

    def test_clients_that_take_the_best_are_not_led_astray_where_nobody_has_a_verifier(self):
        self.server.add_user("alice@a.example").add_user("bob@a.example").start()
        self.assertEqual(self.features(), ["PLAIN", "LOGIN"])
        result = self.msmtp("on")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertNotEqual(self.msmtp("scram-sha-256").returncode, 0)
        self.server.wait_mail("bob@a.example")

    def test_who_may_not_send_or_receive_does_not(self):
        for name in ("alice", "bob", "carol", "dave"):
            self.server.add_user(f"{name}@a.example")
        self.server.ctl("user", "disable", "alice@a.example")
        self.server.ctl("user", "set", "bob@a.example", "send=no")
        self.server.ctl("user", "set", "carol@a.example", "receive=no", "max_size=2000", "max_recipients=1")
        self.server.start()

        client = self.client(self.server)
        for address in ("alice@a.example", "bob@a.example"):
            with self.assertRaises(smtplib.SMTPAuthenticationError) as refused:
                client.login(address, RIGHT)
            self.assertEqual(refused.exception.smtp_code, 535)
        self.assertEqual(self.server.log().count('reason="the user may not send"'), 2 * 2, "PLAIN and LOGIN each")

        client.login("carol@a.example", RIGHT)
        self.assertEqual(client.docmd("MAIL FROM:<carol@a.example> SIZE=2001")[0], 552)
        self.assertEqual(client.docmd("MAIL FROM:<carol@a.example>")[0], 250)
        for address, code, status in (("alice@a.example", 550, b"5.2.1"), ("carol@a.example", 550, b"5.2.1"),
                                      ("nobody@a.example", 550, b"5.1.1"), ("bob@a.example", 250, b"2.1.5"),
                                      ("dave@a.example", 452, b"4.5.3")):
            answer = client.rcpt(address)
            self.assertEqual((answer[0], answer[1][:5]), (code, status), address)
        self.assertEqual(client.data("x" * 3000)[0], 552)
        client.sendmail("carol@a.example", ["bob@a.example"], MESSAGE)
        self.server.wait_mail("bob@a.example")

        self.server.ctl("user", "enable", "alice@a.example")
        wait_for("the change to be noticed", lambda: self.enters("alice@a.example"))

    def test_a_session_does_not_outlive_its_users_right_to_send(self):
        for name in ("alice", "bob"):
            self.server.add_user(f"{name}@a.example")
        self.server.start()
        alice = self.client(self.server, "alice@a.example")
        bob = self.client(self.server, "bob@a.example")
        users = self.server.domain_file("a.example", "users")
        line = next(line for line in users.read_text().splitlines() if line.startswith("alice:"))
        others = users.read_text().replace(line, "")
        for change, reason in ((lambda: self.server.ctl("user", "disable", "alice@a.example"), "may not send any more"),
                               (lambda: self.server.ctl("user", "set", "alice@a.example", "send=no"),
                                "may not send any more"),
                               (lambda: users.write_text(f"{others}alice:*\n"), "may not log in any more"),
                               (lambda: self.server.ctl("user", "remove", "alice@a.example"), "does not exist any more")):
            wait_for("her account", lambda: self.may_send(alice, "alice@a.example") == (250, "2.1.0"))
            alice.sendmail("alice@a.example", ["bob@a.example"], MESSAGE)
            change()
            wait_for("the change to be noticed", lambda: self.may_send(alice, "alice@a.example") == (550, "5.7.13"))
            self.assertEqual(self.may_send(alice, ""), (550, "5.7.13"), "nor in nobody's name")
            bob.sendmail("bob@a.example", ["bob@a.example"], MESSAGE)
            wait_for("the decision", lambda: self.refused_for(reason))
            users.write_text(f"{others}{line}\n")
        self.server.wait_mail("bob@a.example", 8)

    def refused_for(self, reason):
        return self.server.query("select 1 from decisions where step = 'mail' and outcome = 'refused' and reason = ?",
                                 f"alice@a.example: the user {reason}", database="journal.db")

    def enters(self, address):
        try:
            self.client(self.server, address)
            return True
        except smtplib.SMTPAuthenticationError:
            return False

    def test_an_old_hash_is_remarked_on(self):
        made = run(["openssl", "passwd", "-6", RIGHT]).stdout.strip()
        self.server.domain_file("a.example", "users").write_text(f"alice:{made}\n")
        self.server.start()
        self.client(self.server, "alice@a.example")
        wait_for("the remark", lambda: "password-hash-old user=alice@a.example scheme=SHA512-CRYPT" in self.server.log())

    def test_two_hundred_guesses_get_nowhere_while_others_log_in(self):
        for name in ("alice", "bob"):
            self.server.add_user(f"{name}@a.example")
        self.server.start()
        begin = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(8) as guessers:
            guesses = [guessers.submit(self.guess, 25) for _ in range(8)]
            slowest = 0.0
            while not all(guess.done() for guess in guesses):
                started = time.monotonic()
                self.session("127.0.0.9").login("bob@a.example", RIGHT)
                slowest = max(slowest, time.monotonic() - started)
                time.sleep(0.2)
            outcomes = sum((guess.result() for guess in guesses), collections.Counter())
        self.assertEqual(outcomes.total(), 200)
        self.assertLessEqual(outcomes[535], 20, outcomes)
        self.assertEqual(outcomes[535] + outcomes[454] + outcomes[421], 200, outcomes)
        self.assertGreater(outcomes[421], 20, "a session has only so many guesses")
        self.assertGreater(time.monotonic() - begin, 4, "the guesses were not slowed")
        self.assertLess(slowest, 5, "bob had to wait for the guesser")
        self.assertGreater(self.metric("throttled"), 150)
        self.assertIn('reason="too many failures before"', self.server.log())
        # the right password, from there: too late; from elsewhere: his own
        self.assertEqual(self.try_once(self.session("127.0.0.8"), RIGHT), 454)
        self.session("127.0.0.9").login("alice@a.example", RIGHT)

    def session(self, source):
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        client = smtplib.SMTP_SSL(self.server.ip, self.server.submissions, timeout=60, context=context,
                                  source_address=(source, 0))
        self.addCleanup(client.close)
        client.ehlo("client.example")
        return client

    @staticmethod
    def try_once(client, password):
        client.user, client.password = "alice@a.example", password
        try:
            return client.auth("PLAIN", client.auth_plain)[0]
        except smtplib.SMTPAuthenticationError as error:
            return error.smtp_code

    def guess(self, count):
        """So many guesses at alice's password, a new session whenever one is closed: how often each code came."""
        outcomes = collections.Counter()
        client = self.session("127.0.0.8")
        for number in range(count):
            code = self.try_once(client, f"guess {number}")
            outcomes[code] += 1
            if code == 421:
                client.close()
                client = self.session("127.0.0.8")
        return outcomes


main()
