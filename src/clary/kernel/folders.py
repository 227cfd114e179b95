"""Folders that are for one user alone, in places where others may write as well."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def private_folder(path: Path) -> None:
    """Make a folder of mode 0700; raise PermissionError if the name is a link, another user's or open to others.

    Below /tmp another user may have taken the name before us, with a link that leads anywhere.
    """
    path.mkdir(mode=0o700, exist_ok=True)
    info = path.lstat()
    private = stat.S_ISDIR(info.st_mode) and info.st_uid == os.geteuid() and not info.st_mode & 0o077
    if not private:
        raise PermissionError(f"{path} is not a private folder of this user")
