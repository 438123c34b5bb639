"""What the tests of accounts and aliases elsewhere ask of a server."""
import smtplib
import subprocess

from .case import EndToEnd
from .process import wait_for

PASSWORD = "secret-password"
QUERY = "SELECT password, may_send, may_receive FROM users WHERE address = ?"
ALIAS_QUERY = "SELECT target FROM aliases WHERE address = ? ORDER BY target"


def hashed(password):
    """As a mail administrator's tools make it."""
    return subprocess.run(["openssl", "passwd", "-6", password], check=True, capture_output=True,
                          text=True).stdout.strip()


class Directories(EndToEnd):
    def rcpt(self, server, address):
        """(code, enhanced status) of one RCPT from a stranger."""
        with smtplib.SMTP(server.ip, server.smtp, timeout=30) as client:
            client.ehlo("client.example")
            client.mail("x@elsewhere.example")
            code, text = client.rcpt(address)
        return code, text.decode().split()[0]

    def login(self, server, user, password=PASSWORD):
        """The code of the answer to AUTH."""
        try:
            self.client(server, user, password).quit()
            return 235
        except smtplib.SMTPAuthenticationError as error:
            return error.smtp_code

    def wait_rcpt(self, server, address, wanted):
        """Answers are remembered for some seconds."""
        wait_for(f"{wanted} for {address}", lambda: self.rcpt(server, address) == wanted)

    def wait_mail_from(self, client, sender, wanted):
        wait_for(f"{wanted} for {sender}", lambda: self.may_send(client, sender) == wanted)

    def send(self, server, sender, recipient, to=None, count=1):
        """Returns when `to`, else the recipient, has `count` messages."""
        client = self.client(server, sender, PASSWORD)
        client.sendmail(sender, [recipient], "Subject: hello\r\n\r\nhi\r\n")
        client.quit()
        server.wait_mail(to or recipient, count)

    def reasons(self, server):
        """What the journal says."""
        return " ".join(reason for (reason,) in server.query("select coalesce(reason, '') from decisions",
                                                             database="journal.db"))

    def wait_reason(self, server, reason):
        wait_for(f"{reason} in the journal", lambda: reason in self.reasons(server))
