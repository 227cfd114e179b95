"""A large blob on its way: written aside, renamed when it is whole. Blocking; knows no event loop."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from clary.objects.encryption import Encryptor, Keys
from clary.objects.handles import Handle
from clary.objects.keys import new_file
from clary.objects.segments import sync_folder

_NO_KERNEL_COPY = {errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EBADF}
_MOST_AT_ONCE = 512  # buffers of one writev; Linux takes 1024


def path_of(root: Path, key: str) -> Path:
    """Return where the file of a key lies: two levels of 256 folders."""
    return root / "blobs" / key[1:3] / key[3:5] / key[5:]


def make_folders(path: Path) -> None:
    """Create the two folders above a blob's file."""
    for folder in (path.parent.parent, path.parent):
        folder.mkdir(mode=0o700, exist_ok=True)


def sync_folders(path: Path) -> None:
    """Wait until the disk knows the name of a blob's file."""
    for folder in (path.parent, path.parent.parent, path.parent.parent.parent):
        sync_folder(folder)


class Upload:
    """One file aside, encrypted where there are keys. A lock on it tells a sweep that somebody is still writing."""

    def __init__(self, root: Path, *, durable: bool, keys: Keys = ()) -> None:
        self.key = new_file()
        self.size = 0
        self._root = root
        self._durable = durable
        self._encryptor = Encryptor(keys) if keys else None
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._aside = root / "tmp" / self.key
        self._file: Handle | None = None

    def write(self, chunks: Sequence[bytes]) -> None:
        """Append. Raise OSError. The MD5 of the same chunks is `digest`'s: two cores may work at once."""
        self._write(chunks if self._encryptor is None else _encrypted(self._encryptor, chunks))
        self.size += sum(map(len, chunks))

    def digest(self, chunks: Sequence[bytes]) -> str:
        """Return the MD5 (hex) of everything so far and these chunks."""
        for chunk in chunks:
            self._md5.update(chunk)
        return self._md5.hexdigest()

    def copy(self, source: int, start: int, length: int) -> None:
        """Append a stretch of another file, in the kernel where it can (the MD5 does not see it)."""
        target = self._open().fd
        while length > 0:
            moved = _copy_some(source, target, start, length)
            if moved == 0:
                raise OSError(errno.EIO, "the part is shorter than it was")
            start, length, self.size = start + moved, length - moved, self.size + moved

    def finish(self, chunks: Sequence[bytes] = ()) -> None:
        """Append the last chunks and let the blob appear."""
        self.write(chunks)
        if self._encryptor is not None:
            self._write(list(self._encryptor.finish()))
        file, final = self._open(), path_of(self._root, self.key)
        if self._durable:
            os.fsync(file.fd)
        try:
            os.rename(self._aside, final)
        except FileNotFoundError:
            make_folders(final)
            os.rename(self._aside, final)
        if self._durable:
            sync_folders(final)
        self._file = None

    def abandon(self) -> None:
        """Leave nothing behind. After `finish` this does nothing."""
        if self._file is not None:
            self._file = None
            self._aside.unlink(missing_ok=True)

    def _write(self, chunks: Sequence[bytes]) -> None:
        file = self._open()
        for first in range(0, len(chunks), _MOST_AT_ONCE):
            _write_out(file.fd, chunks[first : first + _MOST_AT_ONCE])

    def _open(self) -> Handle:
        if self._file is None:
            self._file = Handle(self._aside, os.O_RDWR | os.O_CREAT | os.O_EXCL)
            fcntl.flock(self._file.fd, fcntl.LOCK_EX)
        return self._file


def _encrypted(encryptor: Encryptor, chunks: Sequence[bytes]) -> list[bytes]:
    return [part for chunk in chunks for part in encryptor.update(chunk)]


def _write_out(fd: int, chunks: Sequence[bytes]) -> None:
    written = os.writev(fd, chunks)
    for chunk in chunks:  # the rest, where the kernel took less than all
        if written < len(chunk):
            rest = memoryview(chunk)[written:]
            while rest:
                rest = rest[os.write(fd, rest) :]
        written = max(0, written - len(chunk))


def _copy_some(source: int, target: int, start: int, length: int) -> int:
    try:
        return os.copy_file_range(source, target, length, offset_src=start)
    except OSError as error:
        if error.errno not in _NO_KERNEL_COPY:
            raise
        return os.sendfile(target, source, start, length)
