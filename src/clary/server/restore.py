"""Create a home from a backup: `clary restore`. The home appears complete or not at all.

A backup is not trusted: only names from a short list are allowed (archive.py), all bytes are checksummed, and
files are written only into a new folder of this process.
"""

from __future__ import annotations

import fcntl
import gzip
import json
import os
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from clary.server import archive
from clary.server.archive import Reader, Refused
from clary.store.schemas import Schema
from clary.store.snapshot import later_steps

_FOLDERS = ("accounts", "ca", "objects", "objects/segments", "objects/blobs", "objects/tmp")
_LARGEST_MANIFEST = 1 << 20
_NEEDED = {archive.DATABASE, "identity.json", "token.key"}


def restore(target: Path, source: Path, schemas: Mapping[str, Schema]) -> dict[str, Any]:
    """Create the home `target` from the backup `source` and return what it is.

    Raise Refused or OSError; then there is no home.
    """
    _check(target)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _remove_leftovers(target)
    with _folder_of_our_own(target) as work:
        try:
            about = _unpack(source, work, schemas)
        except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise Refused(f"{source} is not a complete backup: {error}") from None
        except Refused as reason:
            raise Refused(f"{source} cannot be restored: {reason}") from None
        os.sync()
        _appear(work, target)
    return about


def _check(target: Path) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise Refused(f"{target} is not a folder")
    if (target / "identity.json").exists() or (target / "clary.db").exists():
        raise Refused(
            f"{target} is a home already; stop the platform or restore into another folder, or move that one away"
        )
    if any(target.iterdir()):
        raise Refused(f"{target} is not empty")


def _unpack(source: Path, work: Path, schemas: Mapping[str, Schema]) -> dict[str, Any]:
    with archive.unpacked(source) as stream:
        files = Reader(stream).files()
        first = next(files, None)
        if first is None or first[0] != archive.MANIFEST:
            raise Refused("it is not a backup of this platform")
        about = _manifest(first[2], schemas)
        names = {name for name, _, content in files if _put(work / name, content)}
    if missing := _NEEDED - names:
        raise Refused(f"it has no {', no '.join(sorted(missing))}")
    return about | {"files": sum(name.startswith(archive.OBJECTS) for name in names)}


def _manifest(content: IO[bytes], schemas: Mapping[str, Schema]) -> dict[str, Any]:
    """Return the manifest of the backup. Raise Refused if a later version made it."""
    try:
        about = json.loads(content.read(_LARGEST_MANIFEST))
        format, made_by, steps = int(about["format"]), str(about["version"]), dict(about["steps"])
    except (ValueError, TypeError, KeyError):
        raise Refused("its manifest is malformed") from None
    later = later_steps(steps, schemas)
    if format > archive.FORMAT or later:
        what = f" ({', '.join(later)})" if later else ""
        raise Refused(
            f"it was made by a later version of Clary, {made_by}{what}; restore it with that version"
        )
    return {
        "version": made_by,
        "made": str(about.get("made", "")),
        "sealed": bool(about.get("sealed")),
    }


def _put(path: Path, content: IO[bytes]) -> bool:
    for folder in (path.parent.parent, path.parent):
        folder.mkdir(mode=0o700, exist_ok=True)
    try:
        archive.sparsely(content, path)
    except FileExistsError:
        raise Refused(f"{path.name} appears twice") from None
    return True


# the folder -------------------------------------------------------------------------------------------------------


@contextmanager
def _folder_of_our_own(target: Path) -> Iterator[Path]:
    """Yield a locked folder next to the target, which can become the target; delete it at the end unless it
    did."""
    work = Path(tempfile.mkdtemp(prefix=_prefix(target), dir=target.parent))
    lock = os.open(work, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for name in _FOLDERS:
            (work / name).mkdir(mode=0o700)
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
        os.close(lock)


def _appear(work: Path, target: Path) -> None:
    """Rename the folder to its target; rename(2) replaces an empty folder only."""
    try:
        os.rename(work, target)
    except OSError as error:
        raise Refused(f"{target} cannot be created: {error.strerror}") from None


def _prefix(target: Path) -> str:
    return f".{target.name}.restore-"


def _remove_leftovers(target: Path) -> None:
    """Delete what a killed restore left: folders whose lock nobody holds."""
    for left in [path for path in target.parent.iterdir() if path.name.startswith(_prefix(target))]:
        handle = os.open(left, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left, ignore_errors=True)
        except BlockingIOError:
            continue
        finally:
            os.close(handle)
