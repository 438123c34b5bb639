"""What a program says to syslog, seen by a library that stands before libc's."""
import os
import subprocess

SOURCE = r"""
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
static void note(const char *what, int number, const char *format, va_list args) {
    char text[65536];
    FILE *file = fopen(getenv("POSTRIDER_TEST_SYSLOG"), "a");
    if (file == NULL) return;
    vsnprintf(text, sizeof text, format, args);
    fprintf(file, "%s %d %s\n", what, number, text);
    fclose(file);
}
static void named(const char *what, int number, const char *format, ...) {
    va_list args;
    va_start(args, format);
    note(what, number, format, args);
    va_end(args);
}
void openlog(const char *name, int options, int facility) {
    (void)options;
    named("open", facility, "%s", name);
}
void vsyslog(int priority, const char *format, va_list args) { note("line", priority, format, args); }
void __vsyslog_chk(int priority, int flag, const char *format, va_list args) {
    (void)flag;
    note("line", priority, format, args);
}
void syslog(int priority, const char *format, ...) {
    va_list args;
    va_start(args, format);
    note("line", priority, format, args);
    va_end(args);
}
void __syslog_chk(int priority, int flag, const char *format, ...) {
    (void)flag;
    va_list args;
    va_start(args, format);
    note("line", priority, format, args);
    va_end(args);
}
"""
MAIL = 2 << 3  # LOG_MAIL
SEVERITIES = {"error": 3, "warning": 4, "info": 6, "debug": 7}


class Syslog:
    """Give `env` to the programs; they write into a file of `folder`."""

    def __init__(self, folder):
        self.file = folder / "syslog"
        library = folder / "syslog.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-U_FORTIFY_SOURCE", "-x", "c", "-o", library, "-"], input=SOURCE, text=True,
                       check=True)
        self.env = {**os.environ, "LD_PRELOAD": str(library), "POSTRIDER_TEST_SYSLOG": str(self.file)}

    def said(self, what):
        """(number, text) of every line, or of every openlog()."""
        text = self.file.read_text() if self.file.exists() else ""
        rows = (line.split(" ", 2) for line in text.splitlines())
        return [(int(row[1]), row[2]) for row in rows if row[0] == what]
