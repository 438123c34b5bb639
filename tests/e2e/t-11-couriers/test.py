#!/usr/bin/env python3
"""The couriers against programs and peers that do what they should not."""
import email
import email.policy
import pathlib
import smtplib
import socket
import threading

from support.case import EndToEnd, main
from support.peer import ScriptedPeer
from support.postrider import make_certificate
from support.process import wait_for

BODY = "Subject: x\r\n\r\nhello\r\n"


class Couriers(EndToEnd):
    settings = {"queue__retry": "1s", "queue__give_up_after": "1h"}

    def submit(self, *recipients, body=BODY, sender="alice@a.example", options=(), server=None):
        client = self.client(server or self.server, "alice@a.example")
        client.sendmail(sender, list(recipients), body, mail_options=options)
        client.quit()

    def rows(self):
        """recipient -> (state, status, diagnostic)."""
        return {r: rest for r, *rest in self.server.query(
            "select recipient, state, status, diagnostic from queue_recipients where sender <> '<>'")}

    def wait_state(self, recipient, state):
        return wait_for(f"{recipient} {state}", lambda: (lambda row: row if row[0] == state else None)(
            self.rows().get(recipient, ("",))))

    def wait_deferred(self, recipient):
        """(status, diagnostic) of the first attempt that was not the last."""
        [row] = wait_for(f"{recipient} deferred", lambda: self.server.query(
            "select status, diagnostic from queue_attempts where recipient = ? and outcome = 'deferred' limit 1",
            recipient))
        self.assertEqual(self.rows()[recipient][0], "pending")
        return row

    def dsns(self, count=1):
        """Status fields of the notifications alice got: final recipient -> fields."""
        reports = {}
        for raw in self.server.wait_mail("alice@a.example", count):
            message = email.message_from_bytes(raw, policy=email.policy.default)
            self.assertEqual(message["Return-Path"], "<>")
            for fields in message.get_payload()[1].get_payload()[1:]:
                reports[fields["Final-Recipient"].split("; ")[1]] = fields
        return reports


class Pipe(Couriers):
    def setUp(self):
        super().setUp()
        self.bin = self.folder / "bin"
        self.bin.mkdir()
        self.out = self.folder / "out"
        self.server = self.postrider(**self.settings)
        self.server.add_user("alice@a.example")

    def program(self, name, text):
        path = self.bin / name
        path.write_text("#!/bin/sh\n" + text)
        path.chmod(0o755)
        return path

    def start(self, *aliases):
        self.server.domain_file("a.example", "aliases").write_text("".join(f"{line}\n" for line in aliases))
        self.server.start()

    def test_arguments_input_and_surroundings(self):
        keep = self.program("keep", f'''for a in "$@"; do printf '%s\\n' "$a"; done > {self.out}.argv
cat > {self.out}.message
{{ env; pwd; grep -E 'SigBlk|SigIgn' /proc/self/status; ls /proc/self/fd; }} > {self.out}.world
mv {self.out}.world {self.out}.done
''')
        self.start(f"tickets: | {keep} --from %f '%u at %d' \"two  words\" 100%% $HOME;id >x '' last")
        self.submit("tickets+`id`|$x@a.example")
        done = wait_for("the program", lambda: pathlib.Path(f"{self.out}.done").exists())
        self.assertTrue(done)
        self.assertEqual(pathlib.Path(f"{self.out}.argv").read_text().splitlines(), [
            "--from", "alice@a.example", "tickets+`id`|$x at a.example", "two  words", "100%", "$HOME;id", ">x", "",
            "last"])
        message = pathlib.Path(f"{self.out}.message").read_bytes()
        self.assertTrue(message.startswith(b"Return-Path: <alice@a.example>\nDelivered-To: tickets+"), message)
        self.assertTrue(message.endswith(b"\n\nhello\n"), message)
        self.assertNotIn(b"\r", message)
        world = pathlib.Path(f"{self.out}.done").read_text().splitlines()
        self.assertEqual([line for line in world if "=" in line and line.split("=")[0] not in ("PATH", "PWD", "_",
                                                                                              "SHLVL", "OLDPWD")], [])
        self.assertIn("/", world)
        self.assertIn("SigBlk:\t0000000000000000", world, "a child must not inherit the server's mask")
        [ignored] = [int(line.split()[1], 16) for line in world if line.startswith("SigIgn")]
        self.assertEqual(ignored & 1 << 12, 0, "SIGPIPE must end a child")
        self.assertEqual([line for line in world if line.isdigit()], ["0", "1", "2", "3"], "nothing else is open")
        self.wait_state("tickets+`id`|$x@a.example", "delivered")

    def test_what_the_end_of_a_program_means(self):
        ends = self.program("ends", 'echo "reason $1" >&2; exit "$1"\n')
        dies = self.program("dies", "kill -9 $$\n")
        permanent = {65: "5.6.0", 67: "5.1.1", 68: "5.1.2", 69: "5.3.0", 77: "5.7.1"}
        transient = {75: "4.3.0", 70: "4.3.0", 71: "4.3.0", 73: "4.2.0", 78: "4.3.5", 64: "4.3.5", 1: "4.3.0",
                     127: "4.3.0", 99: "4.3.0"}
        self.start("fine: | /bin/true", f"dies: | {dies}", f"missing: | {self.bin}/missing", f"folder: | {self.bin}",
                   *[f"exit{n}: | {ends} {n}" for n in [*permanent, *transient]])
        self.submit(*[f"{name}@a.example" for name in
                      ["fine", "dies", "missing", "folder", *[f"exit{n}" for n in [*permanent, *transient]]]])
        self.wait_state("fine@a.example", "delivered")
        for number, status in permanent.items():
            row = self.wait_state(f"exit{number}@a.example", "failed")
            self.assertEqual(row[1], status)
            self.assertIn(f"reason {number}", row[2])
        for number, status in transient.items():
            self.assertEqual(self.wait_deferred(f"exit{number}@a.example")[0], status, number)
        self.assertRegex(self.wait_deferred("dies@a.example")[1], "signal 9")
        self.assertRegex(self.wait_deferred("missing@a.example")[1], "missing: No such file")
        self.assertEqual(self.wait_deferred("folder@a.example")[0], "4.3.5")
        reports = wait_for("a DSN for each", lambda: (lambda r: r if len(r) == len(permanent) else None)(self.dsns()))
        self.assertEqual(reports["exit67@a.example"]["Status"], "5.1.1")
        self.assertIn("reason 67", reports["exit67@a.example"]["Diagnostic-Code"])

    def test_no_address_becomes_an_option(self):
        keep = self.program("keep", f'echo "$@" >> {self.out}\n')
        self.start(f"tickets: | {keep} -f %f")
        client = smtplib.SMTP(self.server.ip, self.server.smtp, timeout=30)
        client.sendmail("-oQ/tmp@elsewhere.example", ["tickets@a.example"], BODY)
        client.quit()
        row = self.wait_state("tickets@a.example", "failed")
        self.assertEqual(row[1], "5.1.7")
        self.assertFalse(self.out.exists())

    def test_a_program_that_talks_and_does_not_listen(self):
        talks = self.program("talks", "exec < /dev/null; i=0; while [ $i -lt 20000 ]; do "
                                      "echo 'a line of some fifty octets that nobody is going to read'; i=$((i+1)); done\n")
        sleeps = self.program("sleeps", "sleep 600 & wait\n")
        self.server.set("courier.pipe.timeout", "2s")
        self.start(f"talks: | {talks}", f"sleeps: | {sleeps}")
        self.submit("talks@a.example", "sleeps@a.example", body="Subject: x\r\n\r\n" + ("y" * 70 + "\r\n") * 20000)
        self.wait_state("talks@a.example", "delivered")
        self.assertRegex(self.wait_deferred("sleeps@a.example")[1], "took too long")

    def test_a_pipe_instance_as_the_local_courier(self):
        keep = self.program("keep", f'mkdir -p {self.out}/$1; cat > {self.out}/$1/$2\n')
        self.server.set("courier.mda.plugin", "pipe")
        self.server.set("courier.mda.command", f"{keep} %d %u")
        self.server.set("courier.local", "mda")
        self.server.add_user("bob@a.example")
        self.start()
        self.submit("alice@a.example", "bob@a.example")
        for name in ("alice", "bob"):
            wait_for(name, lambda: (self.out / "a.example" / name).exists())
            self.wait_state(f"{name}@a.example", "delivered")
            self.assertIn("hello", (self.out / "a.example" / name).read_text())


class Lmtp(Couriers):
    def setUp(self):
        super().setUp()
        self.peer = self.keep(ScriptedPeer(self.net.ip(9), self.net.port(9), lmtp=True))
        self.server = self.postrider(courier__local="store", courier__store__plugin="lmtp",
                                     courier__store__address=f"{self.peer.ip}:{self.peer.port}", **self.settings)
        self.names = [f"{name}@a.example" for name in ("alice", "bob", "carol", "dave", "eve")]
        for name in self.names:
            self.server.add_user(name)
        self.server.start()

    def test_each_recipient_has_its_own_answer(self):
        alice, bob, carol, dave, eve = self.names
        answers = {bob: "550 5.2.2 bob is full", dave: "452 4.2.2 dave is nearly full"}
        self.peer.answers["RCPT"] = lambda c: "550 5.1.1 who?" if carol in c else "250 ok"
        self.peer.answers["END"] = lambda c: answers.get(c.split("<")[1].split(">")[0], "250 2.0.0 kept")
        client = smtplib.SMTP(self.server.ip, self.server.smtp, timeout=30)
        client.sendmail("", self.names, BODY)
        for name, state in ((alice, "delivered"), (bob, "failed"), (carol, "failed"), (eve, "delivered")):
            wait_for(name, lambda: self.server.query(
                "select 1 from queue_recipients where recipient = ? and state = ?", name, state))
        answers.clear()
        wait_for(dave, lambda: self.server.states() == {"delivered": 3, "failed": 2})
        first, *others = self.peer.transactions()
        self.assertEqual(first, self.names)
        self.assertTrue(all(recipients == [dave] for recipients in others), others)
        self.assertEqual(self.peer.conversations[0].verbs()[0], "LHLO")

    def test_answers_that_never_come_are_later_for_those_alone(self):
        alice, bob, carol, *_ = self.names
        self.peer.answers["END"] = lambda c: None if bob in c else "250 2.0.0 kept"
        self.submit(alice, bob, carol)
        self.wait_state(alice, "delivered")
        self.assertEqual(self.wait_deferred(bob)[0][0], "4")
        self.peer.answers["END"] = "250 2.0.0 kept"
        self.wait_state(bob, "delivered")
        self.wait_state(carol, "delivered")
        self.assertEqual(sum(recipients.count(alice) for recipients in self.peer.transactions()), 1)

    def test_a_connection_that_the_server_closed_meanwhile_costs_no_attempt(self):
        for count in range(1, 4):
            self.submit(self.names[0])
            wait_for("delivery", lambda: self.server.states() == {"delivered": count})
            self.peer.hang_up()
        self.assertEqual(self.server.query("select distinct outcome from queue_attempts"), [("delivered",)])
        self.assertEqual(len(self.peer.contents()), 3)


class Smtp(Couriers):
    def setUp(self):
        super().setUp()
        self.port = self.net.port(1)
        dns = self.dns(*[f"{name}.example. MX {preference} mx{number}.{name}.example." for name, preference, number in (
            ("one", 10, 11), ("two", 10, 12), ("many", 30, 13), ("many", 10, 11), ("many", 20, 12))],
            *[f"mx{number}.{name}.example. A {self.net.ip(number)}" for name, number in (
                ("one", 11), ("two", 12), ("many", 11), ("many", 12), ("many", 13))])
        self.server = self.postrider(dns__forward=dns.forward, courier__smtp__port=self.port, **self.settings)
        self.server.add_user("alice@a.example").start()

    def peer(self, number=11, **settings):
        return self.keep(ScriptedPeer(self.net.ip(number), self.port, f"mx{number}.example", **settings))

    def test_transient_refusals_defer_and_are_tried_again(self):
        for where, verb in enumerate(("GREETING", "MAIL", "RCPT", "DATA", "END")):
            with self.subTest(verb=verb):
                peer = self.peer()
                peer.answers[verb] = "451 4.7.1 come back later"
                before = peer.answers[verb]
                recipient = f"r{where}@one.example"
                self.submit(recipient)
                status, diagnostic = self.wait_deferred(recipient)
                self.assertEqual(status, "4.7.1")
                self.assertIn("451 4.7.1 come back later", diagnostic)
                self.assertEqual(peer.answers[verb], before)
                peer.answers[verb] = "354 go on" if verb == "DATA" else "250 ok" if verb != "GREETING" else "220 hi"
                self.wait_state(recipient, "delivered")
                peer.stop()
        self.assertEqual(self.server.mailbox("alice@a.example"), [], "nobody is told of what was mended")

    def test_permanent_refusals_bounce_with_the_real_status(self):
        peer, reports = self.peer(), 0
        for verb in ("MAIL", "RCPT", "DATA", "END"):
            with self.subTest(verb=verb):
                peer.answers = {**peer.DEFAULTS, "GREETING": "220 mx11.example", verb: "554-5.7.9 not\r\n554 5.7.9 you"}
                recipient = f"{verb.lower()}@one.example"
                self.submit(recipient)
                self.assertEqual(self.wait_state(recipient, "failed")[1], "5.7.9")
                reports += 1
                fields = wait_for("the DSN", lambda: self.dsns(reports).get(recipient))
                self.assertEqual(fields["Status"], "5.7.9")
                self.assertEqual(fields["Action"], "failed")
                self.assertIn("mx11.one.example", fields["Remote-MTA"])
                self.assertRegex(fields["Diagnostic-Code"], "^smtp; *554.5.7.9 not")

    def test_unintelligible_answers_are_later(self):
        for number, answer in enumerate((None, "hello there", "250", "999 what", "199 x", "")):
            with self.subTest(answer=answer):
                peer = self.peer()
                peer.answers["RCPT"] = lambda _, a=answer: a
                recipient = f"r{number}@one.example"
                self.submit(recipient)
                if answer == "250":
                    self.wait_state(recipient, "delivered")
                else:
                    self.assertEqual(self.wait_deferred(recipient)[0][0], "4")
                    peer.answers["RCPT"] = "250 ok"
                    self.wait_state(recipient, "delivered")
                peer.stop()

    def test_tls_when_it_works_and_clear_text_when_it_does_not(self):
        make_certificate(self.folder / "peer", "some.other.example")
        peer = self.peer(certificate=self.folder / "peer")
        self.submit("r1@one.example")
        self.wait_state("r1@one.example", "delivered")
        self.assertTrue(peer.conversations[0].tls, "whatever the certificate")
        self.assertEqual(peer.conversations[0].verbs()[:4], ["EHLO", "STARTTLS", "EHLO", "MAIL"])
        peer.stop()
        for number, (certificate, answer) in enumerate((("broken", "220 go"), (self.folder / "peer", "454 4.7.0 not now"),
                                                        (self.folder / "peer", "502 5.5.1 what?"))):
            with self.subTest(certificate=certificate, answer=answer):
                peer = self.peer(certificate=certificate, answers={"STARTTLS": answer})
                recipient = f"clear{number}@one.example"
                self.submit(recipient)
                self.wait_state(recipient, "delivered")
                self.assertEqual(peer.conversations[0].verbs()[:2], ["EHLO", "STARTTLS"])
                self.assertEqual(len(peer.contents()), 1)
                self.assertNotIn("STARTTLS", peer.conversations[-1].verbs()[2:])
                peer.stop()
        story = self.server.ctl("explain", "clear0@one.example").stdout
        self.assertIn("clear0@one.example", story)

    def test_eight_bits_need_8bitmime(self):
        peer = self.peer(extensions=["PIPELINING"])
        self.submit("r@one.example", body="Subject: x\r\n\r\ngr\u00fc\u00dfe\r\n".encode(), options=["BODY=8BITMIME"])
        self.assertEqual(self.wait_state("r@one.example", "failed")[1], "5.6.3")
        self.assertEqual(self.dsns()["r@one.example"]["Status"], "5.6.3")
        self.assertEqual(peer.contents(), [])
        peer.extensions.append("8BITMIME")
        self.submit("s@one.example", body="Subject: x\r\n\r\ngr\u00fc\u00dfe\r\n".encode(), options=["BODY=8BITMIME"])
        self.wait_state("s@one.example", "delivered")
        self.assertIn("gr\u00fc\u00dfe".encode(), peer.contents()[0])
        self.assertIn(" BODY=8BITMIME", peer.conversations[-1].commands[1])

    def test_utf8_addresses_need_smtputf8(self):
        peer = self.peer(extensions=["PIPELINING", "8BITMIME"])
        self.submit("j\u00fcrgen@one.example", options=["SMTPUTF8"])
        row = self.wait_state("j\u00fcrgen@one.example", "failed")
        self.assertEqual(row[1], "5.6.7")
        [raw] = self.server.wait_mail("alice@a.example")
        self.assertIn(b"5.6.7", raw)
        self.assertEqual(peer.contents(), [])
        self.submit("plain@one.example", options=["SMTPUTF8"])
        self.wait_state("plain@one.example", "delivered")
        self.assertNotIn("SMTPUTF8", peer.conversations[-1].commands[1], "nothing in it needs that")

    def test_mx_by_preference(self):
        worst = self.peer(13)
        self.submit("r1@many.example")
        self.wait_state("r1@many.example", "delivered")
        self.assertEqual(len(worst.contents()), 1, "the better ones are down")
        middle = self.peer(12)
        best = self.peer(11, answers={"RCPT": "450 4.2.1 busy"})
        self.submit("r2@many.example")
        self.wait_state("r2@many.example", "delivered")
        self.assertEqual((len(best.conversations), len(best.contents()), len(middle.contents()), len(worst.contents())),
                         (1, 0, 1, 1))
        best.answers["RCPT"] = "250 ok"
        self.submit("r3@many.example")
        self.wait_state("r3@many.example", "delivered")
        self.assertEqual((len(best.contents()), len(middle.contents())), (1, 1))
        best.answers["RCPT"] = "550 5.1.1 nobody"
        self.submit("r4@many.example")
        self.assertEqual(self.wait_state("r4@many.example", "failed")[1], "5.1.1")
        self.assertEqual(len(middle.contents()), 1, "a permanent answer is an answer")

    def test_dots_and_line_ends_on_the_wire(self):
        peer = self.peer()
        lines = ["Subject: dots", "", ".", "..", ".x", "x.", "", "...end", "." * 80, "."]
        self.submit("r@one.example", body="\r\n".join(lines) + "\r\n")
        self.wait_state("r@one.example", "delivered")
        [wire] = peer.contents()
        self.assertNotIn(b"\n", wire.replace(b"\r\n", b""))
        self.assertNotIn(b"\r", wire.replace(b"\r\n", b""))
        received = wire.decode().split("\r\n")[:-1]
        stuffed = [("." + line if line.startswith(".") else line) for line in lines]
        self.assertEqual(received[-len(lines):], stuffed)
        self.submit("s@one.example", body="Subject: no body\r\n\r\n")
        self.wait_state("s@one.example", "delivered")
        self.assertTrue(peer.contents()[1].endswith(b"Subject: no body\r\n\r\n"), peer.contents()[1])

    def test_pipelining_and_one_transaction_for_one_domain(self):
        one, two = self.peer(11), self.peer(12, extensions=["8BITMIME"])
        ours = [f"r{n}@one.example" for n in range(20)]
        theirs = [f"r{n}@two.example" for n in range(3)]
        self.submit(*ours, *theirs)
        for recipient in ours + theirs:
            self.wait_state(recipient, "delivered")
        [talk] = one.conversations
        self.assertEqual(talk.recipients(), ours)
        self.assertEqual(talk.verbs(), ["EHLO", "MAIL", *["RCPT"] * 20, "DATA", "QUIT"])
        self.assertTrue(talk.pipelined)
        [talk] = two.conversations
        self.assertEqual(talk.recipients(), theirs)
        self.assertEqual(talk.early, [], "not offered, not used")

    def test_recipients_over_the_limit_follow_in_another_transaction(self):
        peer = self.peer()
        lock, count = threading.Lock(), []

        def mail(_):
            count.clear()
            return "250 ok"

        def rcpt(command):
            with lock:
                count.append(command)
                return "250 ok" if len(count) <= 2 else "452 4.5.3 too many recipients"

        peer.answers.update({"MAIL": mail, "RCPT": rcpt})
        ours = [f"r{n}@one.example" for n in range(5)]
        self.submit(*ours)
        for recipient in ours:
            self.wait_state(recipient, "delivered")
        self.assertEqual(len(peer.contents()), 3)
        self.assertEqual(len(peer.conversations), 1)

    def test_partial_refusals(self):
        peer = self.peer()
        peer.answers["RCPT"] = lambda c: {"a": "250 ok", "b": "550 5.1.1 no b", "c": "450 4.2.1 c is busy"}[
            c.split("<")[1][0]]
        self.submit("a@one.example", "b@one.example", "c@one.example")
        self.wait_state("a@one.example", "delivered")
        self.wait_state("b@one.example", "failed")
        self.wait_deferred("c@one.example")
        self.assertEqual(set(self.dsns()), {"b@one.example"})
        peer.answers["RCPT"] = "250 ok"
        self.wait_state("c@one.example", "delivered")
        self.assertEqual(sum("a@one.example" in talk.recipients() for talk in peer.conversations), 1)


class Slow(Couriers):
    def test_slow_hosts_hold_up_no_mailbox(self):
        """More hosts that take a connection and say nothing than there are threads (ATTACKS 1.3)."""
        port, names = self.net.port(1), [f"slow{n}" for n in range(10)]
        addresses = [self.net.ip(number) for number in range(20, 30)]
        dns = self.dns(*[f"{name}.example. MX 10 mx.{name}.example." for name in names],
                       *[f"mx.{name}.example. A {ip}" for name, ip in zip(names, addresses)])
        listeners = [socket.create_server((ip, port)) for ip in addresses]
        for listener in listeners:
            self.addCleanup(listener.close)
        self.server = self.postrider(dns__forward=dns.forward, courier__smtp__port=port, courier__threads="5",
                                     **self.settings)
        self.server.add_user("alice@a.example").start()
        for name in names:
            self.submit(f"x@{name}.example")
        busy = []
        for listener in listeners[:4]:
            listener.settimeout(30)
            busy.append(listener.accept()[0])
        self.submit("alice@a.example")
        self.server.wait_mail("alice@a.example")
        self.assertEqual(self.server.query("select count(*) from queue_attempts where courier = 'smtp'"), [(0,)])
        for each in listeners + busy:
            each.close()  # or the server waits for them when it is stopped


class International(Couriers):
    def test_utf8_addresses_between_two_servers(self):
        dns = self.dns("xn--bcher-kva.example. MX 10 mx.b.example.", f"mx.b.example. A {self.net.ip(2)}")
        receiver = self.postrider("b", 2, hostname="mx.b.example", domains=("b\u00fccher.example",))
        receiver.add_user("j\u00fcrgen@b\u00fccher.example").add_user("\u7528\u6237@xn--bcher-kva.example").start()
        self.server = self.postrider(dns__forward=dns.forward, courier__smtp__port=receiver.smtp, **self.settings)
        self.server.add_user("alice@a.example").add_user("\u00e4lice@a.example").start()
        client = self.client(self.server, "alice@a.example")
        body = "From: \u00e4lice@a.example\r\nSubject: gr\u00fc\u00dfe\r\n\r\nhei\u00df\r\n".encode()
        client.sendmail("\u00e4lice@a.example", ["j\u00fcrgen@b\u00fccher.example", "\u7528\u6237@B\u00dcCHER.example"], body,
                        mail_options=["SMTPUTF8", "BODY=8BITMIME"])
        client.quit()
        for name in ("j\u00fcrgen", "\u7528\u6237"):
            folder = wait_for(name, lambda: [f for f in receiver.mail.glob(f"*/{name}/new/*")])
            message = folder[0].read_bytes()
            self.assertIn(b"Return-Path: <\xc3\xa4lice@a.example>", message)
            self.assertIn(b"hei\xc3\x9f", message)
            self.assertIn(b"Subject: gr\xc3\xbc\xc3\x9fe", message)
            self.assertRegex(message.replace(b"\n", b" "), rb" with UTF8SMTPS?\s")
        wait_for("both", lambda: self.server.states() == {"delivered": 2})

    def test_a_dsn_for_a_utf8_recipient(self):
        dns = self.dns("xn--bcher-kva.example. MX 10 mx.b.example.", f"mx.b.example. A {self.net.ip(2)}")
        receiver = self.postrider("b", 2, hostname="mx.b.example", domains=("b\u00fccher.example",))
        receiver.add_user("somebody@b\u00fccher.example").start()
        self.server = self.postrider(dns__forward=dns.forward, courier__smtp__port=receiver.smtp, **self.settings)
        self.server.add_user("alice@a.example").start()
        self.submit("j\u00fcrgen@b\u00fccher.example", options=["SMTPUTF8"])
        [raw] = self.server.wait_mail("alice@a.example")
        report = email.message_from_bytes(raw, policy=email.policy.default)
        self.assertEqual(report.get_content_type(), "multipart/report")
        self.assertTrue(raw.isascii(), "it must not be lost where SMTPUTF8 is not offered")
        text, status, _ = report.get_payload()
        self.assertIn("j\u00fcrgen@", text.get_content())
        recipient = status.get_payload()[1]
        self.assertEqual(recipient["Status"], "5.1.1")
        self.assertRegex(recipient["Final-Recipient"], r"^utf-8; j\\x\{FC\}rgen@")


main()
