"""The contestants: each takes mail for bob@bench.example on port 25-style SMTP and passes it on by LMTP to one sink."""
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from support.dovecot import common_config  # noqa: E402
from support.namespace import own_mounts  # noqa: E402
from support.postfix import Postfix  # noqa: E402
from support.postrider import Postrider, make_certificate  # noqa: E402
from support.process import BIN, Process, can_connect, wait_for  # noqa: E402

DOMAIN = "bench.example"
USER, PASSWORD = f"bob@{DOMAIN}", "secret-password"
LOAD, LOGINS = str(BIN / "postrider-load"), str(BIN / "postrider-logins")


class Sink:
    """smtp-sink speaking LMTP: counts and forgets."""

    def __init__(self, folder, net):
        folder.mkdir()
        self.ip, self.port = net.ip(9), net.port(9)
        self.process = Process(["smtp-sink", "-L", "-c", "-u", "nobody", f"{self.ip}:{self.port}", "1024"],
                               folder / "sink.log")
        wait_for("the sink", lambda: can_connect(self.ip, self.port))

    def count(self):
        """Messages received so far: the last number on its counter line."""
        with open(self.process.log, "rb") as log:
            log.seek(max(0, os.path.getsize(self.process.log) - 400))
            numbers = re.findall(rb"mesg=(\d+)", log.read())
        return int(numbers[-1]) if numbers else 0

    def stop(self):
        self.process.stop()


class Tree:
    """Peak memory of a program and all that it started."""

    def __init__(self, pid):
        self.pid = pid

    def members(self):
        parents = {}
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                text = stat.read_text()
            except OSError:
                continue
            parents[int(stat.parent.name)] = int(text.rsplit(")", 1)[1].split()[1])
        found = {self.pid}
        while True:
            more = {pid for pid, parent in parents.items() if parent in found} - found
            if not more:
                return found
            found |= more

    def rss_kb(self):
        """Proportional where the kernel tells it, so that shared pages count once."""
        total = 0
        for pid in self.members():
            try:
                text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
                total += int(re.search(r"^Pss: +(\d+)", text, re.M).group(1))
            except (OSError, AttributeError):
                continue
        return total

    def cpu_seconds(self):
        ticks = 0
        for pid in self.members():
            try:
                fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            ticks += sum(int(f) for f in fields[11:15])
        return ticks / os.sysconf("SC_CLK_TCK")


class OurServer:
    name = "postrider"

    def __init__(self, folder, net, sink, resolver, key="ecdsa"):
        self.server = Postrider(folder / "postrider", net, 1, hostname="mx.bench.example", domains=(DOMAIN,),
                                courier__local="store", courier__store__plugin="lmtp",
                                courier__store__address=f"{sink.ip}:{sink.port}", dns__forward=f"{resolver}:53",
                                session__max_per_ip=1000, user="root")
        make_certificate(self.server.config / "certs/mx.bench.example", "mx.bench.example", key=key)
        self.server.add_user(USER, PASSWORD).start()
        self.ip, self.port, self.tls_port = self.server.ip, self.server.smtp, self.server.submissions
        self.tree = Tree(self.server.process.pid)

    def stop(self):
        self.server.stop()


class PostfixServer:
    settings = {}

    def __init__(self, folder, net, sink, resolver):
        number = self.number
        self.ip, self.port = net.ip(number), net.port(number)
        self.server = Postfix(folder / self.name.replace(" ", "-"), self.ip, self.port, "mx.bench.example", resolver,
                              virtual_mailbox_domains=DOMAIN, virtual_mailbox_maps="static:ok",
                              virtual_transport=f"lmtp:inet:{sink.ip}:{sink.port}",
                              smtpd_tls_security_level="none", **self.settings)
        self.tree = Tree(self.server.process.pid)

    def stop(self):
        self.server.stop()


class PostfixAsShipped(PostfixServer):
    name, number = "postfix as shipped", 2


class PostfixTuned(PostfixServer):
    name, number = "postfix tuned", 3
    settings = {"default_process_limit": "200", "in_flow_delay": "0", "lmtp_destination_concurrency_limit": "100",
                "default_destination_concurrency_limit": "100", "initial_destination_concurrency": "50",
                "smtpd_client_connection_count_limit": "0", "anvil_rate_time_unit": "60s"}


class DovecotLogins:
    """Dovecot's auth service, as postfix asks it; the passwords are hashed as postrider hashes them."""

    def __init__(self, folder, hashed, *settings):
        self.folder = folder
        for name in ("run", "state"):
            (folder / name).mkdir(parents=True)
        folder.chmod(0o755)
        self.socket = folder / "auth.sock"
        (folder / "users").write_text(f"{USER}:{hashed}\n")
        (folder / "dovecot.conf").write_text("\n".join([f"""\
{common_config(folder)}protocols =
userdb {{
  driver = static
  args = uid=65534 gid=65534 home=/nonexistent
}}
service auth {{
  unix_listener {self.socket} {{
    mode = 0666
  }}
}}""", *settings, ""]))
        self.process = Process(["dovecot", "-F", "-c", folder / "dovecot.conf"], folder / "start.log")
        wait_for("dovecot", lambda: not self.process.running() or self.socket.exists())
        assert self.process.running(), self.process.output()

    def stop(self):
        self.process.stop()


class PostfixLogins:
    """Postfix on a port that begins with TLS, with Dovecot for the passwords."""
    name, number, dovecot_settings = "postfix, dovecot", 5, ()

    def __init__(self, folder, net, sink, resolver, key="ecdsa"):
        self.ip, self.tls_port = net.ip(self.number), net.port(self.number)
        home = folder / self.name.replace(", ", "-").replace(" ", "-")
        home.mkdir(mode=0o755)
        make_certificate(home / "cert", "mx.bench.example", key=key)
        hashed = next(line.split(":", 1)[1] for line in (folder / f"postrider/config/domains/{DOMAIN}/users").read_text().splitlines()
                      if line.startswith("bob:"))
        self.dovecot = DovecotLogins(home / "dovecot", hashed, *self.dovecot_settings)
        self.server = Postfix(home / "postfix", self.ip, self.tls_port, "mx.bench.example", resolver,
                              default_process_limit="200", smtpd_client_connection_count_limit="0",
                              smtpd_tls_wrappermode="yes", smtpd_tls_security_level="encrypt",
                              smtpd_tls_cert_file=home / "cert/fullchain.pem", smtpd_tls_key_file=home / "cert/privkey.pem",
                              smtpd_sasl_auth_enable="yes", smtpd_sasl_type="dovecot",
                              smtpd_sasl_path=f"unix:{self.dovecot.socket}")
        self.tree = Tree(self.server.process.pid)

    def stop(self):
        self.server.stop()
        self.dovecot.stop()


class PostfixCachedLogins(PostfixLogins):
    """The same, and Dovecot remembers who logged in."""
    name, number, dovecot_settings = "postfix, dovecot cache", 6, ("auth_cache_size = 10M",)


class Chasquid:
    name = "chasquid"

    def __init__(self, folder, net, sink, resolver, key="ecdsa"):
        self.ip, self.port = net.ip(4), net.port(4)
        home = folder / "chasquid"
        (home / "domains" / DOMAIN).mkdir(parents=True)
        make_certificate(home / "certs/mx.bench.example", "mx.bench.example", key=key)
        submission, self.tls_port = net.port(4), net.port(4)
        (home / "chasquid.conf").write_text(f"""\
hostname: "mx.bench.example"
smtp_address: "{self.ip}:{self.port}"
submission_address: "{self.ip}:{submission}"
submission_over_tls_address: "{self.ip}:{self.tls_port}"
mail_delivery_agent_bin: "/usr/bin/mda-lmtp"
mail_delivery_agent_args: "--addr"
mail_delivery_agent_args: "{sink.ip}:{sink.port}"
mail_delivery_agent_args: "-f"
mail_delivery_agent_args: "%from%"
mail_delivery_agent_args: "-d"
mail_delivery_agent_args: "%to%"
data_dir: "{home}/data"
mail_log_path: "{home}/mail.log"
""")
        subprocess.run(["chasquid-util", f"--configdir={home}", "user-add", USER, f"--password={PASSWORD}"],
                       check=True, capture_output=True)
        (home / "resolv.conf").write_text(f"nameserver {resolver}\n")
        script = 'mount --bind "$1/resolv.conf" "$(readlink -f /etc/resolv.conf)" && exec chasquid --config_dir="$1"'
        self.process = Process([*own_mounts(), "sh", "-c", script, "sh", home], folder / "chasquid.log")
        wait_for("chasquid", lambda: not self.process.running() or can_connect(self.ip, self.port))
        assert self.process.running(), self.process.output()
        self.tree = Tree(self.process.pid)

    def stop(self):
        self.process.stop()
