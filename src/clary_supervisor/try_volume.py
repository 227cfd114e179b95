"""`python -I -S try_volume.py FOLDER MKFS`: make, mount and fill a volume below FOLDER. Status 0 when its size is kept.

A process of its own, since it leaves the mounts of the machine. Standard library only.
"""

from __future__ import annotations

import errno
import os
import sys
import tempfile

_SIZE = 64 << 20


def main(folder: str, mkfs: str) -> bool:
    """Return whether a file system of 64 MiB holds that and not much more."""
    from clary_supervisor import loop

    with tempfile.TemporaryDirectory(prefix="volume-", dir=folder) as at:
        target = f"{at}/mounted"
        os.mkdir(target)
        loop.leave_the_machines_mounts()
        loop.make(f"{at}/image", _SIZE, mkfs, at)
        loop.mount(f"{at}/image", target)
        try:
            return _is_kept(f"{target}/file")
        finally:
            loop.unbind(target)


def _is_kept(path: str) -> bool:
    with open(path, "wb", buffering=0) as file:
        os.posix_fallocate(file.fileno(), 0, _SIZE)
        try:
            os.posix_fallocate(file.fileno(), _SIZE, 128 << 20)
        except OSError as error:
            return error.errno == errno.ENOSPC
    return False


if __name__ == "__main__":
    package = type(sys)("clary_supervisor")  # its modules by path, and no other folder to import from
    package.__path__ = [os.path.dirname(os.path.abspath(__file__))]
    sys.modules[package.__name__] = package
    sys.exit(0 if main(sys.argv[1], sys.argv[2]) else 1)
