"""Libraries in the place of plugins, each wrong in one way."""
import shutil
import subprocess

from support.process import PLUGINS


def build(folder, name, source, *flags):
    """A shared library of this C source."""
    library = folder / f"{name}.so"
    subprocess.run(["cc", "-shared", "-fPIC", *flags, "-x", "c", "-o", library, "-"], input=source + "\n", text=True,
                   check=True)
    library.chmod(0o755)
    return library


def copy_of(name, folder):
    """A plugin that was built, lying somewhere else."""
    library = folder / f"{name}.so"
    shutil.copy(PLUGINS / library.name, library)
    library.chmod(0o755)
    return library
