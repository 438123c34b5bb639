"""Debian's HAProxy in front of a server, in TCP mode."""
import pathlib

from .process import Process, can_connect, wait_for


class HAProxy:
    """Passes (ip, port) -> (ip, port) on, from `ip`, with what `options` say (send-proxy ...)."""

    def __init__(self, folder, ip, ways, options):
        self.folder, self.ip = pathlib.Path(folder), ip
        self.folder.mkdir()
        text = "global\n    maxconn 100\ndefaults\n    mode tcp\n" \
               "    timeout connect 10s\n    timeout client 60s\n    timeout server 60s\n"
        for number, (port, (target, target_port)) in enumerate(ways):
            text += f"listen way{number}\n    bind {ip}:{port}\n" \
                    f"    server one {target}:{target_port} source {ip} {options}\n"
        config = self.folder / "haproxy.cfg"
        config.write_text(text)
        self.process = Process(["haproxy", "-db", "-f", config], self.folder / "haproxy.log")
        for port, _ in ways:
            wait_for("haproxy", lambda: not self.process.running() or can_connect(ip, port))
        assert self.process.running(), self.process.output()

    def stop(self):
        self.process.kill()
