"""Mount namespaces of a test's own."""
import pathlib


def own_mounts():
    """The command that runs another one where it may mount without anybody else seeing it."""
    # In a chroot `/` is no mount point and cannot be made private; nothing need be where nothing is shared.
    shared = "shared:" in pathlib.Path("/proc/self/mountinfo").read_text()
    return ["unshare", "--mount", "--propagation", "private" if shared else "unchanged"]
