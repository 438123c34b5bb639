#!/usr/bin/env python3
"""Broken configurations refuse to start, each with its exact message, and nothing of it touches queued mail."""
import os
import pathlib
import shutil
import socket
import sqlite3
import subprocess

from support.case import EndToEnd, main
from support.process import PLUGINS, run


class BadConfigs(EndToEnd):
    def setUp(self):
        super().setUp()
        self.server = self.postrider()
        self.server.add_user("bob@a.example")
        self.file = self.server.config / "postrider.properties"
        self.certs = self.server.config / "certs" / self.server.hostname

    def line(self, number_of):
        """The line of a key in the configuration."""
        return 1 + list(self.server.settings).index(number_of)

    def refused(self, expected, *extra):
        """--check and the start say exactly this (DIR stands for the test's folder) and end with 78."""
        for arguments in (("--check", *extra), extra):
            result = run(self.server.argv(*arguments))
            said = (result.stdout + result.stderr).replace(str(self.folder), "DIR")
            self.assertEqual((said.strip(), result.returncode), (expected, 78))

    def refuses_to_start(self, expected, status):
        result = run(self.server.argv())
        said = "\n".join(line for line in result.stderr.replace(str(self.folder), "DIR").splitlines()
                         if not line[:2] == "20")  # without log lines
        self.assertEqual((said.strip(), result.returncode), (expected, status))

    def test_good_one_passes(self):
        status, said = self.server.check()
        self.assertEqual((status, said), (0, f"the configuration in {self.server.config} is good\n"))


main()
