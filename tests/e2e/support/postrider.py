"""A postrider with a configuration of its own."""
import pathlib
import sqlite3
import subprocess

from .process import BIN, PLUGINS, Process, run, wait_for

# What the server logs last when it starts.
STARTED = " info started hostname="


KEY_KINDS = {"ecdsa": ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"], "rsa": ["rsa:2048"]}


def make_certificate(folder, *names, key="ecdsa"):
    """A self-signed certificate in certbot's layout. An address among the names is one in both ways that clients look for."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    alt = ",".join(f"DNS:{name}" + (f",IP:{name}" if name[-1].isdigit() else "") for name in names)
    subprocess.run(["openssl", "req", "-x509", "-newkey", *KEY_KINDS[key], "-nodes", "-days", "3",
                    "-subj", f"/CN={names[0]}", "-addext", f"subjectAltName={alt}",
                    "-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"], check=True, capture_output=True)


class Postrider:
    """Writes a configuration into `folder`, starts and stops the server, looks into mailboxes and queue."""

    def __init__(self, folder, net, number=1, hostname="mx.a.example", domains=("a.example",), **settings):
        self.folder = pathlib.Path(folder)
        self.config = self.folder / "config"
        self.data = self.folder / "data"
        self.mail = self.folder / "mail"
        self.ip = net.ip(number)
        self.hostname = hostname
        self.smtp, self.submission, self.submissions, self.monitoring = (net.port(number) for _ in range(4))
        self.process = None
        (self.config / "domains").mkdir(parents=True)
        self.data.mkdir()
        self.mail.mkdir()
        make_certificate(self.config / "certs" / hostname, hostname)
        for domain in domains:
            (self.config / "domains" / domain).mkdir()
        self.settings = {
            "hostname": hostname,
            "data.dir": self.data,
            "plugin.dir": PLUGINS,
            "listen.smtp": f"{self.ip}:{self.smtp}",
            "listen.submission": f"{self.ip}:{self.submission}",
            "listen.submissions": f"{self.ip}:{self.submissions}",
            "listen.monitoring": f"{self.ip}:{self.monitoring}",
            "courier.maildir.plugin": "maildir",
            "courier.maildir.path": f"{self.mail}/%d/%u",
            "courier.smtp.plugin": "smtp",
            "courier.smtp.allow_private": "yes",
            "dns.trust_anchor_file": "none",
            "user": "root",
            "log.syslog": "no",
        }
        self.settings.update({key.replace("__", "."): value for key, value in settings.items()})
        self.write_config()

    def set(self, key, value):
        self.settings[key] = value
        self.write_config()

    def write_config(self):
        text = "".join(f"{key} = {value}\n" for key, value in self.settings.items() if value is not None)
        (self.config / "postrider.properties").write_text(text)

    def domain_file(self, domain, name):
        return self.config / "domains" / domain / name

    def ctl(self, *args, stdin=None, check=True):
        result = run([BIN / "postriderctl", "--config-dir", self.config, *args], input=stdin)
        if check and result.returncode != 0:
            raise AssertionError(f"postriderctl {' '.join(map(str, args))}: {result.returncode}\n{result.stdout}{result.stderr}")
        return result

    def add_user(self, address, password="secret-password"):
        self.ctl("user", "add", address, "--password-stdin", stdin=password + "\n")
        return self

    def argv(self, *extra):
        return [BIN / "postrider", "--config-dir", self.config, *extra]

    def start(self, *extra, env=None):
        self.process = Process(self.argv(*extra), self.folder / "postrider.log", env=env)
        # Not by connecting: such a session would take a place that the test counts.
        wait_for("the server to start", lambda: not self.process.running() or STARTED in self.process.output())
        if not self.process.running():
            raise AssertionError(f"the server did not start:\n{self.process.output()}")
        return self

    def check(self, *extra):
        """--check: (exit status, what it said)."""
        result = run(self.argv("--check", *extra))
        return result.returncode, result.stdout + result.stderr

    def stop(self):
        if self.process:
            status, self.process = self.process.stop(), None
            return status
        return None

    def kill(self):
        self.process.kill()
        self.process = None

    def query(self, sql, *args, database="queue.db"):
        """Rows of a read-only query beside the running server."""
        uri = f"file:{self.data / database}?mode=ro"
        connection = sqlite3.connect(uri, uri=True, timeout=10)
        try:
            return connection.execute(sql, args).fetchall()
        finally:
            connection.close()

    def states(self):
        """How many recipients are in each state."""
        return dict(self.query("select state, count(*) from queue_recipients group by state"))

    def mailbox(self, address):
        """The messages delivered to a maildir, as octets."""
        local, domain = address.split("@")
        return [f.read_bytes() for f in sorted((self.mail / domain / local / "new").glob("*"))]

    def wait_mail(self, address, count=1, seconds=30):
        return wait_for(f"{count} message(s) for {address}",
                        lambda: (lambda m: m if len(m) >= count else None)(self.mailbox(address)), seconds)

    def log(self):
        return (self.folder / "postrider.log").read_text(errors="replace")

    def rss_kb(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1])
        raise AssertionError("no VmRSS")
