"""Debian's postfix as a peer: its own configuration, queue and name server, nothing of the host's. Needs root."""
import pathlib
import subprocess

from .namespace import own_mounts
from .process import Process, can_connect, wait_for

MASTER = """\
{listen} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """Listens on ip:port. `settings` are main.cf lines on top of the common ones. `resolver` is the address of a name server on port 53."""

    def __init__(self, folder, ip, port, hostname, resolver, **settings):
        self.folder, self.ip, self.port = pathlib.Path(folder), ip, port
        self.conf = self.folder / "conf"
        for name in ("conf", "queue", "lib"):
            (self.folder / name).mkdir(parents=True)
        subprocess.run(["chown", "postfix:", self.folder / "lib"], check=True)
        for parent in (self.folder, *self.folder.parents[:1]):
            parent.chmod(0o755)
        main = {
            "compatibility_level": "3.6", "queue_directory": self.folder / "queue",
            "data_directory": self.folder / "lib", "command_directory": "/usr/sbin",
            "daemon_directory": "/usr/lib/postfix/sbin", "mail_owner": "postfix", "setgid_group": "postdrop",
            "maillog_file": self.folder / "postfix.log", "maillog_file_prefixes": self.folder,
            "inet_interfaces": "loopback-only", "inet_protocols": "ipv4", "smtp_bind_address": ip, "myhostname": hostname,
            "mydestination": "", "local_recipient_maps": "", "alias_maps": "", "alias_database": "",
            "mynetworks": "127.0.0.0/8", "smtpd_peername_lookup": "no", "smtp_host_lookup": "dns",
            "biff": "no", "append_dot_mydomain": "no", "message_size_limit": "60000000", "mailbox_size_limit": "0", "virtual_mailbox_limit": "0",
        }
        main.update(settings)
        (self.conf / "main.cf").write_text("".join(f"{k} = {v}\n" for k, v in main.items()))
        (self.conf / "master.cf").write_text(MASTER.format(listen=f"{ip}:{port}"))
        (self.folder / "resolv.conf").write_text(f"nameserver {resolver}\n")
        script = f'mount --bind "$1/resolv.conf" "$(readlink -f /etc/resolv.conf)" && exec postfix -c "$1/conf" start-fg'
        self.process = Process([*own_mounts(), "sh", "-c", script, "sh", self.folder], self.folder / "start.log")
        wait_for("postfix", lambda: not self.process.running() or can_connect(ip, port))
        assert self.process.running(), self.process.output()

    def log(self):
        return (self.folder / "postfix.log").read_text(errors="replace")

    def stop(self):
        """By its own command: the master is a child of what was started."""
        subprocess.run(["postfix", "-c", self.conf, "stop"], check=False, capture_output=True, timeout=60)
        self.process.stop()
