"""The format of a backup: a tar of private files, optionally compressed, with a manifest first and checksums
last.

    manifest.json       format, version, and the executed schema steps
    clary.db            the records
    records.db          queues and logs, if any were used
    identity.json …     the platform's own files
    objects/…           the files of the object store (objects/parcels.py)
    SHA256SUMS          of all files before it, for `sha256sum -c`

Knows neither what a home is nor where its files come from.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from clary.objects.parcels import is_parcel

FORMAT = 1
MANIFEST, DATABASE, OBJECTS, SUMS = "manifest.json", "clary.db", "objects/", "SHA256SUMS"
RECORDS = "records.db"  # only where queues or logs were used
OWN_FILES = ("identity.json", "location.json", "*.key", "accounts/*.json", "ca/*.pem", "ca/*.key")
_OWN_FILE = re.compile(
    r"identity\.json|location\.json|[a-z]+\.key|accounts/[\w.-]+\.json|ca/[\w-]+\.(pem|key)", re.ASCII
)
# The stores of programs that outlive their runs (RunSpec.lasting), which are SQLite files.
_LASTING = re.compile(r"lasting/[A-Za-z0-9][A-Za-z0-9._-]{0,199}/[a-z]+\.db", re.ASCII)
_SUFFIXES = {".tar": "plain", ".tar.gz": "gzip", ".tgz": "gzip", ".tar.zst": "zstd", ".tzst": "zstd"}
_MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5": "zstd"}
# Models, most of a home, are compressed already.
_GZIP_LEVEL = 1
_TAR = tarfile.PAX_FORMAT
_BLOCK = 256 << 10


class Refused(Exception):
    """The request cannot be carried out, and nothing was changed. The message says why."""


def belongs(name: str) -> bool:
    """Return whether a backup may contain a file of this name. No such name leads out of a home."""
    return (
        name in (DATABASE, RECORDS)
        or bool(_OWN_FILE.fullmatch(name))
        or bool(_LASTING.fullmatch(name))
        or (name.startswith(OBJECTS) and is_parcel(name.removeprefix(OBJECTS)))
    )


def packing(path: Path) -> str:
    """Return the compression that a file name implies. Raise Refused for an unknown one."""
    for suffix, kind in _SUFFIXES.items():
        if path.name.endswith(suffix):
            return kind
    raise Refused(f"{path} must end with one of {', '.join(_SUFFIXES)}")


class Writer:
    """Adds files to a backup, and at the end their checksums."""

    def __init__(self, stream: IO[bytes]) -> None:
        target = cast(IO[bytes], _Forward(stream))  # all that writing a tar needs of a file
        self._tar = tarfile.open(fileobj=target, mode="w", format=_TAR)  # noqa: SIM115 (closed in finish)
        self._sums = tempfile.TemporaryFile()  # noqa: SIM115 (closed in finish)

    def add(self, name: str, size: int, content: IO[bytes]) -> None:
        """Add a file of exactly this size. Raise OSError if the content is shorter."""
        summed = _Summed(content)
        self._tar.addfile(_entry(name, size), summed)  # type: ignore[arg-type]
        self._sums.write(summed.line(name))

    def finish(self) -> None:
        """Write the checksums and the end of the tar."""
        with self._sums:
            size = self._sums.tell()
            self._sums.seek(0)
            self._tar.addfile(_entry(SUMS, size), self._sums)
        self._tar.close()


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry


class _Forward:
    """A stream that is written and never sought, so that an abandoned tar writes nothing more."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._written = 0

    def write(self, data: bytes) -> int:
        self._stream.write(data)
        self._written += len(data)
        return len(data)

    def tell(self) -> int:
        return self._written


class _Summed:
    """Reads a stream and computes the checksum of what was read."""

    def __init__(self, content: IO[bytes]) -> None:
        self._content = content
        self._sum = hashlib.sha256()

    def read(self, size: int) -> bytes:
        piece = self._content.read(size)
        self._sum.update(piece)
        return piece

    def line(self, name: str) -> bytes:
        return f"{self._sum.hexdigest()}  {name}\n".encode()


class Reader:
    """The files of a backup in order. Their content is verified only when `files` has ended without Refused."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def files(self) -> Iterator[tuple[str, int, IO[bytes]]]:
        """Yield name, size and content of each file, the manifest first. Unread content is skipped, but
        checksummed."""
        with (
            tempfile.TemporaryFile() as sums,
            tarfile.open(fileobj=self._stream, mode="r|", bufsize=_BLOCK) as tar,
        ):
            for entry in tar:
                content = self._content(tar, entry)
                if entry.name == SUMS:
                    _compare(content, sums)
                    self._end(tar)
                    return
                summed = _Summed(content)
                yield entry.name, entry.size, summed  # type: ignore[misc]
                while summed.read(1 << 20):
                    pass
                sums.write(summed.line(entry.name))
        raise Refused("it is truncated")

    def _end(self, tar: tarfile.TarFile) -> None:
        """Read to the end of a compressed file, whose own checksum is at the end."""
        if tar.next() is not None:
            raise Refused("it has data after its end")
        while self._stream.read(1 << 16):
            pass

    def _content(self, tar: tarfile.TarFile, entry: tarfile.TarInfo) -> IO[bytes]:
        content = tar.extractfile(entry) if entry.type == tarfile.REGTYPE else None
        if content is None or not (entry.name in (MANIFEST, SUMS) or belongs(entry.name)):
            raise Refused(f"{entry.name!r} must not be in a backup")
        return content


def _compare(content: IO[bytes], sums: IO[bytes]) -> None:
    sums.seek(0)
    for own in sums:
        if content.readline(1 << 12) != own:
            raise Refused(f"{own.decode().split()[1]} does not match its checksum")
    if content.read(1):
        raise Refused("files are missing")


@contextmanager
def packed(kind: str, file: BinaryIO) -> Iterator[IO[bytes]]:
    """Yield a stream that compresses into the file."""
    if kind == "plain":
        yield file
    elif kind == "gzip":
        with gzip.GzipFile(
            fileobj=file, mode="wb", compresslevel=_GZIP_LEVEL, filename="", mtime=0
        ) as stream:
            yield stream  # type: ignore[misc]
    else:
        with _zstd("-c", stdin=subprocess.PIPE, stdout=file) as program:
            assert program.stdin
            with program.stdin as stream:
                yield stream


@contextmanager
def unpacked(path: Path) -> Iterator[IO[bytes]]:
    """Yield the decompressed content of a file. Raise Refused if it is damaged."""
    with open(
        path, "rb", buffering=0
    ) as file:  # the decompressing program continues at the descriptor's position
        kind = _MAGIC.get(file.read(2), "plain")
        file.seek(0)
        if kind == "plain":
            yield file
        elif kind == "gzip":
            with gzip.open(file) as stream:
                yield stream  # type: ignore[misc]
        else:
            with _zstd("-dc", stdin=file, stdout=subprocess.PIPE) as program:
                assert program.stdout
                with program.stdout as stream:
                    yield stream


@contextmanager
def _zstd(word: str, **ends: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Run the zstd program: Python has no zstd of its own before 3.14."""
    try:
        started = subprocess.Popen(["zstd", "-q", "-T0", word], stderr=subprocess.PIPE, **ends)
    except FileNotFoundError:
        raise Refused("the program zstd is not installed here (Debian: apt-get install zstd)") from None
    program = cast(subprocess.Popen[bytes], started)
    with program:
        broken = False
        try:
            yield program
        except BrokenPipeError:
            broken = True  # the program has ended, and reports why
        except BaseException:
            program.kill()
            raise
        said = program.stderr.read().decode(errors="replace").strip() if program.stderr else ""
        if program.wait() or broken:
            raise OSError(said.partition(": ")[2] or said or f"zstd ended with {program.returncode}")


def sparsely(content: IO[bytes], path: Path) -> None:
    """Write a new private file, with holes for zeros. Raise FileExistsError."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with io.FileIO(handle, "w") as file:
        end = 0
        while piece := content.read(1 << 16):
            if piece.count(0) < len(piece):
                file.seek(end)
                _write_all(file, piece)
            end += len(piece)
        file.truncate(end)


def _write_all(file: io.FileIO, piece: bytes) -> None:
    rest = memoryview(piece)
    while rest:
        rest = rest[file.write(rest) or 0 :]
