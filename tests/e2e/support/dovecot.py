"""Debian's Dovecot with its LMTP service, in a folder of its own. Needs root."""
import pathlib
import subprocess

from .process import Process, can_connect, wait_for


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
protocols = lmtp
base_dir = {self.folder}/run
state_dir = {self.folder}/state
log_path = {self.folder}/dovecot.log
ssl = no
default_internal_user = nobody
default_internal_group = nogroup
default_login_user = nobody
first_valid_uid = 1
mail_location = maildir:{self.folder}/mail/%d/%n
auth_mechanisms = plain
passdb {{
  driver = passwd-file
  args = {self.folder}/users
}}
userdb {{
  driver = static
  args = uid=65534 gid=65534 home={self.folder}/mail/%d/%n
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
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
