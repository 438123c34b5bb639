"""A name server for test zones: Debian's unbound with local data."""
import pathlib

from .process import Process, can_connect, wait_for


class NameServer:
    """Answers for `records` ("a.example. MX 10 mx.a.example." ...); everything else is NXDOMAIN."""

    def __init__(self, folder, net, records, number=53, port=None):
        self.ip, self.port = net.ip(number), port or net.port(number)
        folder = pathlib.Path(folder)
        folder.mkdir()
        data = "\n".join(f"    local-data: '{record}'" for record in records)
        config = folder / "unbound.conf"
        config.write_text(f"""server:
    interface: {self.ip}@{self.port}
    access-control: 127.0.0.0/8 allow
    username: ""
    chroot: ""
    directory: "{folder}"
    pidfile: "{folder}/unbound.pid"
    do-daemonize: no
    use-syslog: no
    logfile: ""
    module-config: "iterator"
    num-threads: 1
    local-zone: "." static
{data}
remote-control:
    control-enable: no
""")
        self.process = Process(["unbound", "-d", "-p", "-c", config], folder / "unbound.log")
        wait_for("unbound", lambda: can_connect(self.ip, self.port))

    @property
    def forward(self):
        return f"{self.ip}:{self.port}"

    def stop(self):
        self.process.stop()
