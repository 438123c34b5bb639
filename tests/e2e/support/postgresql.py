"""Debian's PostgreSQL with a cluster of its own, on a unix socket in its folder."""
import os
import pathlib
import shutil
import signal
import subprocess

from .process import Process, run, wait_for


def programs():
    """Where initdb and postgres are; nothing when they are not installed."""
    return max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), default=None, key=lambda p: float(p.parent.name))


class Postgresql:
    """One database, one role with a password. It does not run as root: then it becomes the account `postgres`."""

    user, password, database = "mail", "pg-secret", "postgres"

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        for path in (self.folder, self.folder.parent):
            path.chmod(0o755)
        self.account = {}
        if os.geteuid() == 0:
            self.account = {"user": "postgres", "group": "postgres", "extra_groups": []}
            shutil.chown(self.folder, "postgres", "postgres")
        secret = self.folder.parent / "pg-password"
        secret.write_text(self.password)
        secret.chmod(0o644)
        # cwd: the test's own may be closed to that account
        subprocess.run([programs() / "initdb", "-D", self.folder / "data", "-U", self.user, "-A", "scram-sha-256",
                        f"--pwfile={secret}", "-N", "-E", "UTF8", "--locale=C"],
                       check=True, capture_output=True, cwd="/", **self.account)
        self.connection = f"host={self.folder} user={self.user} password={self.password} dbname={self.database}"
        self.process = None

    def start(self):
        self.process = Process([programs() / "postgres", "-D", self.folder / "data", "-k", self.folder,
                                "-c", "listen_addresses=", "-c", "fsync=off"],
                               self.folder.parent / "postgresql.log", cwd="/", **self.account)
        wait_for("PostgreSQL", lambda: not self.process.running() or self.psql("select 1", check=False) == "1")
        assert self.process.running(), self.process.output()
        return self

    def psql(self, sql, check=True):
        result = run(["psql", "-X", "-q", "-t", "-A", "-d", self.connection, "-c", sql])
        assert result.returncode == 0 or not check, result.stderr
        return result.stdout.strip()

    def stop(self):
        """At once, whoever is connected."""
        if self.process:
            self.process.popen.send_signal(signal.SIGINT)
            self.process.popen.wait(60)
            self.process.stop()
            self.process = None
