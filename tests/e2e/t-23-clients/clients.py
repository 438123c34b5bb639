"""Mail programs, each behind one `send(letter, mode)`. A new one is a class with its command line, and a line in CLIENTS."""
import email.message
import email.policy
import os
import smtplib
import ssl
from dataclasses import dataclass, field

from support.process import run

STARTTLS, IMPLICIT = "STARTTLS", "implicit TLS"


@dataclass
class Attachment:
    name: str
    octets: bytes


@dataclass
class Letter:
    subject: str
    text: str  # with a newline at the end
    attachment: Attachment = None
    headers: dict = field(default_factory=dict)  # that a program which takes finished messages is given

    def octets(self):
        """As a finished message, lines ending in LF."""
        message = email.message.EmailMessage()
        message["From"], message["To"], message["Subject"] = "alice@a.example", "bob@a.example", self.subject
        for name, value in self.headers.items():
            message[name] = value
        message.set_content(self.text, cte="8bit")
        if self.attachment:
            message.add_attachment(self.attachment.octets, "application", "octet-stream", filename=self.attachment.name)
            message.set_boundary("the same each time")
        return message.as_bytes(policy=email.policy.SMTP.clone(linesep="\n", cte_type="8bit"))


class Client:
    """Submits from alice to bob. A subclass gives `command(letter, mode)`, or `send` whole."""

    composes = False  # makes a message of its own out of subject, text and attachment; Date and Message-ID are its own, too
    refused = None  # its exit status after a wrong password

    def __init__(self, server, folder, password):
        self.ip, self.folder, self.password = server.ip, folder / type(self).__name__.lower(), password
        self.ports = {STARTTLS: server.submission, IMPLICIT: server.submissions}
        self.authority = server.config / "certs" / server.hostname / "fullchain.pem"
        self.folder.mkdir(parents=True)

    def url(self, mode, starttls="smtp", implicit="smtps", user=""):
        return f"{starttls if mode == STARTTLS else implicit}://{user}{self.ip}:{self.ports[mode]}"

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def attached(self, letter, flag="-a"):
        return [flag, self.file(letter.attachment.name, letter.attachment.octets)] if letter.attachment else []

    def input(self, letter):
        return letter.text if self.composes else letter.octets().decode()

    def send(self, letter, mode):
        """(exit status, what it said)"""
        env = {**os.environ, "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}
        result = run(self.command(letter, mode), input=self.input(letter), env=env)
        return result.returncode, result.stdout + result.stderr


class Swaks(Client):
    refused = 28

    def input(self, letter):
        return super().input(letter).removesuffix("\n")  # it ends the last line itself

    def command(self, letter, mode):
        return ["swaks", "--server", self.ip, "--port", self.ports[mode], "--tls" if mode == STARTTLS else "--tlsc",
                "--tls-verify", "--tls-ca-path", self.authority, "--auth", "LOGIN", "--auth-user", "alice@a.example",
                "--auth-password", self.password, "--from", "alice@a.example", "--to", "bob@a.example",
                "--data", "-"]


class Msmtp(Client):
    refused = 77

    def command(self, letter, mode):
        return ["msmtp", "--host", self.ip, "--port", self.ports[mode], "--tls=on",
                f"--tls-starttls={'on' if mode == STARTTLS else 'off'}", f"--tls-trust-file={self.authority}", "--auth=plain",
                "--user=alice@a.example", f"--passwordeval=echo {self.password}", "--from=alice@a.example",
                "--set-date-header=off", "bob@a.example"]


class Curl(Client):
    refused = 67

    def command(self, letter, mode):
        # --crlf: it uploads lines as they are, and ours end in LF
        return ["curl", "--silent", "--show-error", "--ssl-reqd", "--cacert", self.authority, "--url", self.url(mode),
                "--user", f"alice@a.example:{self.password}", "--mail-from", "alice@a.example", "--mail-rcpt", "bob@a.example",
                "--crlf", "--upload-file", "-"]


class Mutt(Client):
    composes, refused = True, 1

    def command(self, letter, mode):
        settings = self.file("muttrc", f'''
            set from=alice@a.example use_from use_envelope_from envelope_from_address=alice@a.example
            set smtp_url="{self.url(mode, user="alice%40a.example@")}" smtp_pass="{self.password}" smtp_authenticators=plain
            set ssl_force_tls ssl_starttls ssl_verify_host ssl_ca_certificates_file="{self.authority}"
            set certificate_file="" nocopy charset=utf-8 send_charset=utf-8''')
        return ["mutt", "-n", "-F", settings, "-s", letter.subject, *self.attached(letter), "--", "bob@a.example"]


class SNail(Client):
    composes, refused = True, 4

    def command(self, letter, mode):
        settings = ["v15-compat", f"mta={self.url(mode, implicit='submissions', user=f'alice%40a.example:{self.password}@')}",
                    "smtp-use-starttls", "smtp-auth=plain", "tls-verify=strict", f"tls-ca-file={self.authority}",
                    "tls-ca-no-defaults", "from=alice@a.example", "ttycharset=utf-8", "nosave"]
        return ["s-nail", "-:/", *(word for setting in settings for word in ("-S", setting)),
                *self.attached(letter), "-s", letter.subject, "bob@a.example"]


class Smtplib(Client):
    refused = 535

    def send(self, letter, mode):
        context = ssl.create_default_context(cafile=self.authority)
        try:
            with self.connect(mode, context) as client:
                client.login("alice@a.example", self.password)
                client.sendmail("alice@a.example", ["bob@a.example"], letter.octets().replace(b"\n", b"\r\n"))
            return 0, ""
        except smtplib.SMTPResponseException as error:
            return error.smtp_code, error.smtp_error.decode()

    def connect(self, mode, context):
        if mode == IMPLICIT:
            return smtplib.SMTP_SSL(self.ip, self.ports[mode], timeout=30, context=context)
        client = smtplib.SMTP(self.ip, self.ports[mode], timeout=30)
        client.starttls(context=context)
        return client


CLIENTS = [Swaks, Msmtp, Curl, Mutt, SNail, Smtplib]
