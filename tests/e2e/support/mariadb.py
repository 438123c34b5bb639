"""Debian's MariaDB with a data folder of its own, on a loopback port and a unix socket in its folder."""
import os
import pathlib
import shutil
import subprocess

from .process import Process, wait_for

# What mariadb-install-db reads; the program itself wants others that come with the client's package.
SYSTEM_TABLES = [pathlib.Path("/usr/share/mysql") / name
                 for name in ("mysql_system_tables.sql", "mysql_system_tables_data.sql")]


def program():
    """The server; nothing when it is not installed."""
    return shutil.which("mariadbd", path=os.environ.get("PATH", "") + ":/usr/sbin")


class Mariadb:
    """One database, one account with a password that may only read it."""

    user, password, database = "mail", "my-secret", "mail"

    def __init__(self, folder, ip, port):
        self.folder = pathlib.Path(folder)
        self.ip, self.port = ip, port
        (self.folder / "data").mkdir(parents=True)
        self.socket = self.folder / "socket"
        # small and forgetful: it only has to live as long as the test
        self.argv = [program(), "--no-defaults", f"--datadir={self.folder / 'data'}", "--innodb-log-file-size=4M",
                     "--innodb-buffer-pool-size=8M", "--innodb-flush-log-at-trx-commit=0",
                     *(["--user=root"] if os.geteuid() == 0 else [])]
        tables = "".join(file.read_text() for file in SYSTEM_TABLES)
        self.run_sql(f"CREATE DATABASE mysql;\nUSE mysql;\n{tables}\nFLUSH PRIVILEGES;\n"
                     f"CREATE USER {self.user} IDENTIFIED BY '{self.password}';\n"
                     f"CREATE DATABASE {self.database} CHARACTER SET utf8mb4;\n"
                     f"GRANT SELECT ON {self.database}.* TO {self.user};\n", database=None)
        self.process = None

    def run_sql(self, sql, database=database):
        """While it is stopped; a line ends each statement."""
        use = f"USE {database};\n" if database else ""
        result = subprocess.run([*self.argv, "--bootstrap"], input=use + sql + "\n", capture_output=True, text=True)
        assert result.returncode == 0, result.stderr

    @property
    def connection(self):
        return f"host={self.ip};port={self.port};user={self.user};password={self.password};db={self.database}"

    def start(self):
        self.process = Process([*self.argv, f"--socket={self.socket}", f"--bind-address={self.ip}",
                                f"--port={self.port}"], self.folder / "mariadb.log")
        wait_for("MariaDB", lambda: not self.process.running() or "ready for connections" in self.process.output())
        assert self.process.running(), self.process.output()
        return self

    def stop(self):
        """At once, whoever is connected."""
        if self.process:
            self.process.stop()
            self.process = None
