"""unittest.TestCase with a loopback net, a temporary folder and programs that end with the test."""
import os
import pathlib
import shutil
import smtplib
import ssl
import sys
import tempfile
import unittest

from .dns import NameServer
from .loopback import Loopback
from .postrider import Postrider
from .process import SKIPPED


class EndToEnd(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.net = Loopback()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="postrider-e2e-"))
        self.servers = []

    def tearDown(self):
        failed = any(error for _, error in getattr(self._outcome, "errors", []) if error) or \
            bool(getattr(self._outcome.result, "failures", []) or getattr(self._outcome.result, "errors", []))
        for server in reversed(self.servers):
            server.stop()
        if failed:
            for log in sorted(self.folder.rglob("*.log")):
                print(f"---- {log}\n{log.read_text(errors='replace')[-6000:]}", file=sys.stderr)
        shutil.rmtree(self.folder, ignore_errors=True)

    def keep(self, server):
        """Stops it at the end of the test."""
        self.servers.append(server)
        return server

    def postrider(self, name="a", number=1, **settings):
        """A configured server, not started yet."""
        return self.keep(Postrider(self.folder / name, self.net, number, **settings))

    def dns(self, *records):
        return self.keep(NameServer(self.folder / "dns", self.net, records))

    def client(self, server, user=None, password="secret-password", implicit=False):
        """smtplib over TLS, authenticated when a user is given."""
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        if implicit:
            client = smtplib.SMTP_SSL(server.ip, server.submissions, timeout=30, context=context)
        else:
            client = smtplib.SMTP(server.ip, server.submission, timeout=30)
            client.starttls(context=context)
        self.addCleanup(client.close)
        if user:
            client.login(user, password)
        return client

    @staticmethod
    def may_send(client, sender):
        """(code, enhanced status) of one MAIL, taken back at once."""
        code, text = client.docmd(f"MAIL FROM:<{sender}>")
        client.rset()
        return code, text.decode().split()[0]


def others_may_pass():
    """Whether accounts without rights can reach anything at all: in some chroots `/` itself is closed to them."""
    return bool(os.stat("/").st_mode & 0o001)


def need_other_accounts():
    """For tests whose peers give up root."""
    need_root()
    if not others_may_pass():
        print("/ is closed to other accounts: skipped")
        sys.exit(SKIPPED)


def need_root():
    if os.geteuid() != 0:
        print("needs root: skipped")
        sys.exit(SKIPPED)


def main():
    unittest.main(verbosity=2)
