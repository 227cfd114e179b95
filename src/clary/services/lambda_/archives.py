"""Deployment packages: what is refused, and how one is laid out as a folder.

An archive is a stranger's. Its size is measured while it is read, its names may not leave the folder, and links are made
after everything else, so nothing is written through one.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from clary.services.lambda_.errors import invalid

# "Deployment package (.zip file archive) size" and "Layers" (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
UNZIPPED = 262_144_000
_MEMBERS = 100_000
_LINK = 4096  # bytes of what a link says
_CHUNK = 1 << 20
_BAD = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, UnicodeError)


def digest(data: bytes) -> str:
    """Return the SHA-256 of an archive as hex."""
    return hashlib.sha256(data).hexdigest()


def shown(sha256: str) -> str:
    """Return a digest as CodeSha256 has it: base64."""
    return base64.b64encode(bytes.fromhex(sha256)).decode()


def hexadecimal(code_sha256: str) -> str:
    """Return the hex of a CodeSha256."""
    return base64.b64decode(code_sha256).hex()


def check(data: bytes) -> None:
    """Raise InvalidParameterValue for what is no archive, is empty, or unpacks to more than a function may have."""
    if not data:
        raise invalid("Uploaded file must be a non-empty zip")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            for member in members:
                _safe(member)
    except _BAD:
        raise _unreadable() from None
    if not members:
        raise invalid("Uploaded file must be a non-empty zip")
    if len(members) > _MEMBERS or sum(member.file_size for member in members) >= UNZIPPED:
        raise invalid(f"Unzipped size must be smaller than {UNZIPPED} bytes")


def unpack(data: bytes, folder: Path) -> None:
    """Lay an archive out below a folder that is empty. Raise InvalidParameterValue for one that cannot be laid out."""
    left = UNZIPPED
    links: list[tuple[Path, str]] = []
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.infolist():
                path = folder / _safe(member)
                if member.is_dir():
                    path.mkdir(parents=True, exist_ok=True)
                elif stat.S_ISLNK(member.external_attr >> 16):
                    links.append((path, archive.read(member).decode() if member.file_size < _LINK else ""))
                else:
                    left -= _write(archive, member, path, left)
        for path, said in links:
            _link(folder, path, said)
    except _BAD:
        raise _unreadable() from None


def _write(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, most: int) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    executable = (member.external_attr >> 16) & 0o111 or member.create_system != 3
    how = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    written = 0
    with (
        archive.open(member) as source,
        os.fdopen(os.open(path, how, 0o755 if executable else 0o644), "wb") as target,
    ):
        for chunk in _chunks(source):
            written += target.write(chunk)
            if written > most:
                raise invalid(f"Unzipped size must be smaller than {UNZIPPED} bytes")
    return written


def _link(folder: Path, path: Path, said: str) -> None:
    """Make a link, unless its own folder is reached through another one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.parent.resolve() != folder.resolve() / path.parent.relative_to(folder):
        raise ValueError(f"{path} lies behind a link")
    path.unlink(missing_ok=True)
    path.symlink_to(said)


def _chunks(source: io.BufferedIOBase | object) -> Iterator[bytes]:
    while chunk := source.read(_CHUNK):  # type: ignore[union-attr]
        yield chunk


def _safe(member: zipfile.ZipInfo) -> str:
    """Return a member's relative path. Raise ValueError for one that would lead out of the folder."""
    path = PurePosixPath(member.filename)
    if path.is_absolute() or ".." in path.parts or "\0" in member.filename or not path.parts:
        raise ValueError(member.filename)
    return str(path)


def _unreadable() -> Exception:
    return invalid("Could not unzip uploaded file. Please check your file, then try to upload again.")
