"""Code on the disk: each archive is unpacked once, by its digest, and shown to sandboxes read-only.

A folder is made aside and renamed, so that one with the right name is whole. Those that no row names go after an hour.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from clary.kernel.folders import private_folder
from clary.plane.port import Plane
from clary.runs.api import Mount
from clary.services.lambda_ import archives

_UNUSED = 3600.0  # seconds


def _root(platform: Plane) -> Path:
    folder = platform.settings.home / "functions"
    private_folder(folder)
    private_folder(folder / "code")
    return folder / "code"


async def laid_out(platform: Plane, sha256: str, place: str) -> Path:
    """Return the folder of an archive, unpacked if it is not there yet."""
    folder = _root(platform) / sha256
    if folder.is_dir():
        os.utime(folder)
        return folder
    data = b"".join([part async for part in platform.objects.get(place)])
    await asyncio.to_thread(_unpack, data, folder)
    return folder


def _unpack(data: bytes, folder: Path) -> None:
    aside = Path(tempfile.mkdtemp(dir=folder.parent, prefix="new-"))
    try:
        aside.chmod(0o755)
        archives.unpack(data, aside)
        try:
            aside.rename(folder)
        except OSError:
            if not folder.is_dir():  # another process was faster
                raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def mounts(task: Path, layers: Sequence[Path]) -> tuple[Mount, ...]:
    """Return what a sandbox shows of a function's code and its layers: each entry of a layer's archive below /opt, of
    several with the same name a folder that has both."""
    found: dict[str, list[Path]] = {}
    for layer in layers:
        for entry in layer.iterdir():
            found.setdefault(entry.name, []).append(entry)
    merged = [Mount(str(_one(entries)), f"/opt/{name}") for name, entries in sorted(found.items())]
    return (Mount(str(task), "/var/task"), *merged)


def _one(entries: list[Path]) -> Path:
    """Return one entry that has what all have, the later over the earlier."""
    if len(entries) == 1 or not all(entry.is_dir() for entry in entries):
        return entries[-1]
    name = "merged-" + archives.digest("\n".join(str(entry) for entry in entries).encode())
    target = entries[0].parent.parent / name
    if not target.is_dir():
        aside = Path(tempfile.mkdtemp(dir=target.parent, prefix="new-"))
        aside.chmod(0o755)
        for entry in entries:
            shutil.copytree(entry, aside, symlinks=True, dirs_exist_ok=True)
        try:
            aside.rename(target)
        except OSError:
            shutil.rmtree(aside, ignore_errors=True)
    return target


def sweep(platform: Plane) -> None:
    """Remove folders that no row names and no environment was made of for an hour."""
    with platform.store.read() as tx:
        named = {
            row[0]
            for table in ("lambda_code", "lambda_layer")
            for row in tx.sql(f"SELECT sha256 FROM {table}")
        }
    for folder in _root(platform).iterdir():
        if folder.name not in named and platform.clock.now() - folder.stat().st_mtime > _UNUSED:
            shutil.rmtree(folder, ignore_errors=True)
