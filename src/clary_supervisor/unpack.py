"""Unpack an untrusted tar.gz into one folder and nowhere else: no absolute names, no `..`, no way out by links, no
devices, and not more than fits. Knows no S3.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tarfile

from . import safe_open

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO, Any

MOST_MEMBERS = 1_000_000
MOST_RATIO = 1100  # deflate reaches 1032 at best; what is beyond is a chain of tricks
_RATIO_FROM = 1 << 30  # bytes; below this no ratio is dangerous
_CHUNK = 1 << 20


class Unsafe(Exception):
    """The archive would do harm, or is not one."""


class TooLarge(Unsafe):
    """The archive holds more than there is room for."""


class Stream:
    """An iterator of bytes as a file that can be read once, with a count of what came."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""
        self.came = 0

    def read(self, size: int = -1) -> bytes:
        kept = [self._rest]
        have = len(self._rest)
        while size < 0 or have < size:
            piece = next(self._pieces, b"")
            if not piece:
                break
            kept.append(piece)
            have += len(piece)
            self.came += len(piece)
        whole = b"".join(kept)
        cut = len(whole) if size < 0 else size
        self._rest = whole[cut:]
        return whole[:cut]


def unpack(stream: Stream, root: str, path: str, room: int) -> None:
    """Unpack into the folder `path` below `root`. `room`: bytes that may be written. Unsafe, or OSError."""
    at = safe_open.open_folder(root, path, make=True)
    try:
        _Unpacking(stream, at, room).all()
    except MemoryError:
        raise Unsafe("the archive's headers are too large") from None
    except (tarfile.TarError, EOFError) as error:
        raise Unsafe(f"not a tar.gz archive: {error}") from None
    finally:
        os.close(at)


class _Unpacking:
    def __init__(self, stream: Stream, at: int, room: int) -> None:
        self._stream = stream
        self._at = at
        self._room = room
        self._written = 0
        self._links: list[tarfile.TarInfo] = []

    def all(self) -> None:
        with tarfile.open(fileobj=self._stream, mode="r|*") as archive:  # type: ignore[arg-type]
            for count, member in enumerate(archive):
                if count >= MOST_MEMBERS:
                    raise Unsafe(f"more than {MOST_MEMBERS} members")
                self._one(archive, member)
        # Links come last: until then every folder on the way is a real one, so a name means what it says.
        for member in self._links:
            self._link(member)

    def _one(self, archive: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        name = _safe(member.name)
        if member.isdir():
            os.close(safe_open.open_folder(self._at, name, make=True))
        elif member.isreg():
            self._file(archive, member, name)
        elif member.issym() or member.islnk():
            self._links.append(member)
        else:
            raise Unsafe(f"{member.name!r} is a device or a pipe")

    def _file(self, archive: tarfile.TarFile, member: tarfile.TarInfo, name: str) -> None:
        source = archive.extractfile(member)
        if source is None or not name:
            raise Unsafe(f"{member.name!r} is not a file")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        try:
            fd = safe_open.open_file(self._at, name, flags, make=True, mode=(member.mode & 0o755) | 0o600)
        except (IsADirectoryError, NotADirectoryError) as error:
            raise Unsafe(f"{member.name!r}: {error.strerror}") from None
        with os.fdopen(fd, "wb") as file:
            if member.issparse():
                self._sparse(archive, member, file)
            else:
                self._copy(source, file, member.size)

    def _sparse(self, archive: tarfile.TarFile, member: tarfile.TarInfo, file: IO[bytes]) -> None:
        """Write a sparse member, whose holes stay holes; the archive has its data without them."""
        source: Any = archive.fileobj
        source.seek(member.offset_data)
        for offset, length in _runs(member):
            file.seek(offset)
            self._copy(source, file, length)
        file.truncate(member.size)

    def _copy(self, source: IO[bytes], file: IO[bytes], left: int) -> None:
        while left and (piece := source.read(min(left, _CHUNK))):
            self._count(len(piece))
            file.write(piece)
            left -= len(piece)

    def _count(self, size: int) -> None:
        self._written += size
        if self._written > self._room:
            raise TooLarge(f"the archive holds more than {self._room} bytes")
        if self._written > _RATIO_FROM and self._written > MOST_RATIO * self._stream.came:
            raise Unsafe("the archive is a bomb")

    def _link(self, member: tarfile.TarInfo) -> None:
        name = _safe(member.name)
        folder, _, last = name.rpartition("/")
        try:
            at = safe_open.open_folder(self._at, folder, make=True)
        except OSError as error:
            raise Unsafe(f"{member.name!r}: {error.strerror}") from None
        try:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(last, dir_fd=at)
            if member.issym():
                os.symlink(_inside(member, folder), last, dir_fd=at)
            else:
                self._hard(_safe(member.linkname), at, last)
        except OSError as error:
            raise Unsafe(f"{member.name!r}: {error.strerror}") from None
        finally:
            os.close(at)

    def _hard(self, target: str, at: int, last: str) -> None:
        folder, _, name = target.rpartition("/")
        source = safe_open.open_folder(self._at, folder)
        try:
            if not stat.S_ISREG(os.stat(name, dir_fd=source, follow_symlinks=False).st_mode):
                raise Unsafe(f"{target!r} is not a file")  # a link that is moved may point elsewhere
            os.link(name, last, src_dir_fd=source, dst_dir_fd=at, follow_symlinks=False)
        finally:
            os.close(source)


def _runs(member: tarfile.TarInfo) -> list[tuple[int, int]]:
    """Return where a member with holes has data. Unsafe when that is out of order."""
    listed: Any = member.sparse or []
    runs = [
        (offset, length) for offset, length in listed if length
    ]  # places that are not used have no length
    end = 0
    for offset, length in runs:
        if not end <= offset < offset + length <= member.size:
            raise Unsafe(f"{member.name!r} has its data out of order")
        end = offset + length
    return runs


def _safe(name: str) -> str:
    """Return the name without empty parts. Unsafe when it is absolute or climbs."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or ".." in parts or "\0" in name:
        raise Unsafe(f"illegal name {name!r}")
    return "/".join(parts)


def _inside(member: tarfile.TarInfo, folder: str) -> str:
    """Return the target of a symbolic link, if it stays inside. `..` may stand only at its beginning: behind
    the name of another link it could mean anything."""
    parts = [part for part in member.linkname.split("/") if part not in ("", ".")]
    climbs = next((count for count, part in enumerate(parts) if part != ".."), len(parts))
    depth = len(folder.split("/")) if folder else 0
    if member.linkname.startswith("/") or climbs > depth or ".." in parts[climbs:]:
        raise Unsafe(f"the link {member.name!r} leads out of the archive")
    return member.linkname
