"""Debian's Dovecot with its LMTP service, in a folder of its own. Needs root."""
import pathlib
import socket
import subprocess

from .process import Process, can_connect, wait_for


def common_config(folder):
    """What every Dovecot of ours has: all its files in `folder`, passwords in its file `users`, no account and no chroot of its own."""
    return f"""\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
ssl = no
default_internal_user = nobody
default_internal_group = nogroup
default_login_user = nobody
first_valid_uid = 1
auth_mechanisms = plain
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


class DovecotLmtp:
    """Delivers to <folder>/mail/%d/%n (maildir) for the users named; others are refused at RCPT."""

    def __init__(self, folder, ip, port, users):
        self.folder, self.ip, self.port = pathlib.Path(folder), ip, port
        for name in ("run", "state", "mail"):
            (self.folder / name).mkdir(parents=True)
        for path in (self.folder, self.folder.parent):
            path.chmod(0o755)
        subprocess.run(["chown", "nobody:nogroup", self.folder / "mail"], check=True)
        self.socket = self.folder / "run/lmtp"
        (self.folder / "users").write_text("".join(f"{user}:{{PLAIN}}x::::::\n" for user in users))
        config = self.folder / "dovecot.conf"
        config.write_text(f"""\
{common_config(self.folder)}protocols = lmtp
mail_location = maildir:{self.folder}/mail/%d/%n
userdb {{
  driver = static
  args = uid=65534 gid=65534 home={self.folder}/mail/%d/%n
}}
service lmtp {{
  inet_listener lmtp {{
    address = {ip}
    port = {port}
  }}
  unix_listener lmtp {{
    mode = 0666
  }}
}}
""")
        self.process = Process(["dovecot", "-F", "-c", config], self.folder / "start.log")
        wait_for("dovecot", lambda: not self.process.running() or can_connect(ip, port))
        assert self.process.running(), self.process.output()

    def mailbox(self, address):
        local, domain = address.split("@")
        return [f.read_text() for f in sorted((self.folder / "mail" / domain / local / "new").glob("*"))]

    def stop(self):
        self.process.stop()


class DovecotAuth:
    """Only its auth service: the sockets auth-client and auth-userdb. `accounts` are addresses and passwords."""

    def __init__(self, folder, accounts):
        self.folder = pathlib.Path(folder)
        for name in ("run", "state"):
            (self.folder / name).mkdir(parents=True)
        for path in (self.folder, self.folder.parent):
            path.chmod(0o755)
        self.client_socket = self.folder / "run/for-client"
        self.userdb_socket = self.folder / "run/for-userdb"
        self.write(accounts)
        self.configure()
        self.process = None

    def configure(self, failure_delay=1):
        """From the next start on. Refusals are held back for so many seconds, counted in whole ones: it may be one less."""
        (self.folder / "dovecot.conf").write_text(f"""\
{common_config(self.folder)}protocols = none
auth_failure_delay = {failure_delay} secs
userdb {{
  driver = passwd-file
  args = {self.folder}/users
}}
service auth {{
  unix_listener for-client {{
    mode = 0666
  }}
  unix_listener for-userdb {{
    mode = 0666
  }}
}}
""")

    def write(self, accounts, rights=None):
        """Its users from now on; `rights` stand in the last field of some."""
        fresh = self.folder / "users.new"
        fresh.write_text("".join(f"{address}:{{PLAIN}}{password}:65534:65534::/nonexistent::{(rights or {}).get(address, '')}\n"
                                 for address, password in accounts.items()))
        fresh.rename(self.folder / "users")

    def start(self):
        self.process = Process(["dovecot", "-F", "-c", self.folder / "dovecot.conf"], self.folder / "start.log")
        wait_for("dovecot", lambda: not self.process.running() or self.answers())
        assert self.process.running(), self.process.output()
        return self

    def answers(self):
        """Its sockets are there before the service behind them is."""
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(10)
                client.connect(str(self.userdb_socket))
                return client.recv(100).startswith(b"VERSION")
        except OSError:
            return False

    def stop(self):
        if self.process:
            self.process.stop()
            self.process = None
