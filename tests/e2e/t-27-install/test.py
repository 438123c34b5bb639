#!/usr/bin/env python3
"""`cmake --install`: every file where Debian expects it, what the operator has left alone, and a server that works from there."""
import os
import pathlib
import re
import subprocess
import unittest

from support.case import EndToEnd, main
from support.postrider import Postrider
from support.process import BUILD, run

ROOT = pathlib.Path(__file__).resolve().parents[3]


def cached(name):
    """What the build was configured with."""
    (value,) = re.findall(rf"^{name}:\w+=(.*)$", (BUILD / "CMakeCache.txt").read_text(), re.MULTILINE)
    return value


PREFIX = cached("CMAKE_INSTALL_PREFIX")


class Installed(Postrider):
    """A server that runs from where it was installed."""

    def argv(self, *extra):
        return [self.stage / "bin/postrider", *super().argv(*extra)[1:]]


class Install(EndToEnd):
    def setUp(self):
        super().setUp()
        if PREFIX != "/usr":
            self.skipTest(f"configured for {PREFIX}")
        self.root = self.folder / "root"
        self.install()
        self.usr = self.root / "usr"
        (self.shared_object,) = self.usr.glob("lib/*/libpostrider.so.1")

    def install(self):
        result = subprocess.run(["cmake", "--install", BUILD], env=os.environ | {"DESTDIR": str(self.root)},
                                capture_output=True, text=True, umask=0o022, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_files_lie_where_debian_has_them(self):
        found = {str(path.relative_to(self.root)) for path in self.root.rglob("*") if not path.is_dir()}
        arch = self.shared_object.parent.name
        plugins = {path.name for path in (BUILD / "lib/postrider/plugins").glob("*.so")} - {"courier_blackhole.so"}
        self.assertGreater(len(plugins), 8)
        wanted = {"usr/bin/postrider", "usr/bin/postriderctl", "etc/postrider/postrider.properties",
                  "usr/lib/systemd/system/postrider.service", "usr/lib/systemd/system/postrider-smtp.socket",
                  "usr/lib/systemd/system/postrider-submission.socket",
                  "usr/lib/systemd/system/postrider-submissions.socket", "usr/lib/sysusers.d/postrider.conf",
                  "usr/lib/tmpfiles.d/postrider.conf", "usr/share/man/man8/postrider.8", "usr/share/man/man1/postriderctl.1",
                  "usr/share/doc/postrider/examples/postrider.properties",
                  "usr/share/doc/postrider/examples/hooks/post-data.example",
                  "usr/share/doc/postrider/examples/domains/example.org/aliases",
                  f"usr/lib/{arch}/libpostrider.so", f"usr/lib/{arch}/libpostrider.so.1",
                  f"usr/lib/{arch}/cmake/postrider/postriderConfig.cmake", "usr/include/postrider/common/plugin/api.h",
                  *(f"usr/lib/{arch}/postrider/plugins/{name}" for name in plugins)}
        self.assertEqual(wanted - found, set())
        self.assertEqual({path.split("/")[0] for path in found}, {"etc", "usr"})
        self.assertEqual([path for path in found if "blackhole" in path or "test" in path], [])
        for folder in ("domains", "certs"):
            self.assertTrue((self.root / "etc/postrider" / folder).is_dir())
        unit = (self.usr / "lib/systemd/system/postrider.service").read_text()
        self.assertIn("\nExecStart=/usr/bin/postrider --config-dir /etc/postrider\n", unit)

    def test_what_the_operator_has_is_left_alone(self):
        properties = self.root / "etc/postrider/postrider.properties"
        properties.write_text("hostname = mx.a.example\n")
        self.install()
        self.assertEqual(properties.read_text(), "hostname = mx.a.example\n")

    def test_the_installed_server_works(self):
        for program in (self.usr / "bin/postrider", self.usr / "bin/postriderctl", self.shared_object):
            dynamic = run(["readelf", "-d", program]).stdout
            self.assertNotRegex(dynamic, "RPATH|RUNPATH", program)
        server = self.keep(Installed(self.folder / "a", self.net, plugin__dir=self.shared_object.parent / "postrider/plugins"))
        server.stage = self.usr
        server.add_user("bob@a.example")
        os.environ["LD_LIBRARY_PATH"] = str(self.shared_object.parent)
        self.addCleanup(os.environ.pop, "LD_LIBRARY_PATH")
        status, said = server.check()
        self.assertEqual(status, 0, said)
        server.start()
        client = self.client(server, "bob@a.example")
        client.sendmail("bob@a.example", ["bob@a.example"], "Subject: x\r\n\r\ninstalled\r\n")
        self.assertIn(b"installed", server.wait_mail("bob@a.example")[0])
        maps = pathlib.Path(f"/proc/{server.process.pid}/maps").read_text()
        self.assertIn(str(self.root), maps)
        self.assertNotIn(f"{BUILD}/", maps)

    def test_without_a_configuration_plugins_are_looked_for_where_they_were_installed(self):
        server = self.postrider(plugin__dir=None, courier__extra__plugin="nosuch")
        status, said = server.check()
        self.assertEqual(status, 78, said)
        self.assertIn(f"plugin /usr/lib/{self.shared_object.parent.name}/postrider/plugins/courier_nosuch.so: found", said)


class Manual(unittest.TestCase):
    def test_every_flag_is_in_the_manual_page(self):
        page = (ROOT / "packaging/man/postrider.8").read_text()
        flags = set(re.findall(r"^  --([a-z-]+)", run([BUILD / "bin/postrider", "--help"]).stdout, re.MULTILINE))
        self.assertEqual(flags, {"config-dir", "set", "check", "daemon", "pidfile", "version", "help"})
        for flag in flags:
            self.assertRegex(page, rf"Fl -{flag}\b")


main()
