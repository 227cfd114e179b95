"""Unpack one layer of an image into a folder that overlayfs can take as a lower one. Knows no registry and no store.

The archive is untrusted. A child process reads it with the folder as its root directory (chroot), so that no name and no
link leads out. A file that is deleted by the layer becomes overlayfs's own sign for that.

Source: OCI image specification, "Image layer filesystem changeset"; Linux, Documentation/filesystems/overlayfs.rst.
"""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import stat
import tarfile

from . import libc, limits, safe_open
from .image_archive import Archive, Broken, no_room

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_MEMBERS = 2_000_000
_MEMORY = 1 << 30  # bytes that the child may map; a header of an archive may claim any length
_CHUNK = 1 << 20
_FOLDER = 4096  # bytes of the disk that a folder takes
_WHITEOUT, _OPAQUE = ".wh.", ".wh..wh..opq"
_OPAQUE_SIGN = "trusted.overlay.opaque"

__all__ = ["MOST_MEMBERS", "Broken", "empty", "settle", "unpack"]


def unpack(pieces: Iterator[bytes], root: str, diff_id: str, room: int) -> int:
    """Unpack a layer into the empty folder `root`; return its size in bytes. `pieces` is what the registry sends, plain or
    gzip; `diff_id` the digest of the archive without compression. Raise Broken, or what `pieces` raises."""
    reads, writes = os.pipe2(os.O_CLOEXEC)
    hears, tells = os.pipe2(os.O_CLOEXEC)
    child = os.fork()
    if child == 0:
        _be_the_reader(reads, tells, (writes, hears), root, diff_id, room)
    os.close(reads)
    os.close(tells)
    try:
        _send(pieces, writes)
    finally:
        said = _hear(hears)
        os.waitpid(child, 0)
    if not said.startswith(b"size "):
        raise Broken(said.decode(errors="replace") or "the process that unpacked the layer was killed")
    return int(said.removeprefix(b"size "))


def _send(pieces: Iterator[bytes], writes: int) -> None:
    try:
        for piece in pieces:
            view = memoryview(piece)
            while view:
                view = view[os.write(writes, view) :]
    except BrokenPipeError:
        return  # the reader says why
    finally:
        os.close(writes)


def _hear(hears: int) -> bytes:
    with open(hears, "rb") as file:
        return file.read(4096)


def _be_the_reader(
    reads: int, tells: int, others: tuple[int, ...], root: str, diff_id: str, room: int
) -> None:
    """In the child. Never returns."""
    said = b"the layer could not be unpacked"
    try:
        for fd in others:
            os.close(fd)
        _bound_memory()
        os.chroot(root)
        os.chdir("/")
        os.umask(0)
        said = b"size %d" % _Layer(reads, room).all(diff_id)
    except Broken as error:
        said = str(error).encode(errors="replace")
    except MemoryError:
        said = b"the headers of the layer are too large"
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        said = b"no space left on the machine's disk" if full else str(error).encode(errors="replace")
    except Exception as error:  # what tarfile, zlib and system calls raise about headers that make no sense
        said = f"not a layer of an image: {error or type(error).__name__}".encode(errors="replace")
    finally:
        with contextlib.suppress(OSError):
            os.write(tells, said[:4096])
        os._exit(0)


def _bound_memory() -> None:
    most = limits.mapped() + _MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))


class _Layer:
    """One archive on its way into the root directory of this process."""

    def __init__(self, fd: int, room: int) -> None:
        self._source = Archive(fd, room)
        self._room = room
        self._size = 0
        self._members = 0

    def all(self, diff_id: str) -> int:
        """Unpack it, and return its size. Raise Broken."""
        with tarfile.open(fileobj=self._source, mode="r|") as archive:  # type: ignore[arg-type]
            for member in archive:
                try:
                    self._one(archive, member)
                except (ValueError, OverflowError) as error:  # what system calls do not take
                    raise Broken(f"the header of {member.name!r} in a layer: {error}") from None
                archive.members = []  # it would remember each of them
        self._source.drain()
        found = f"sha256:{self._source.digest.hexdigest()}"
        if found != diff_id:
            raise Broken(f"the layer is {found}, and the image says {diff_id}")
        return self._size

    def _one(self, archive: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        path = _inside(member.name)
        folder, _, name = path.rpartition("/")
        self._count_member()
        self._make_folders(folder)
        if name.startswith(_WHITEOUT):
            _hide(folder, name)
        elif path:
            self._member(archive, member, path)
        elif member.isdir():
            _own(member, "/")

    def _make_folders(self, folder: str) -> None:
        """Have the folders that a name implies. They count as members, for one name may imply two thousand."""
        at = ""
        for part in filter(None, folder.split("/")):
            at += f"/{part}"
            if not os.path.isdir(at):
                self._count_member()
                self._count(_FOLDER)
                _folder(at)

    def _count_member(self) -> None:
        self._members += 1
        if self._members > MOST_MEMBERS:
            raise Broken(f"the layer has more than {MOST_MEMBERS} members")

    def _member(self, archive: tarfile.TarFile, member: tarfile.TarInfo, path: str) -> None:
        at = f"/{path}"
        if member.isdir():
            self._count(_FOLDER)
            _folder(at)
            _own(member, at)
            return
        _clear(at)
        if member.isreg():
            self._file(archive, member, at)
        elif member.issym():
            os.symlink(member.linkname, at)
            os.lchown(at, member.uid, member.gid)
        elif member.islnk():
            _link(member, at)
        elif member.isfifo():
            os.mkfifo(at)
            _own(member, at)
        # Devices are left out: a sandbox has those that it may use in a /dev of its own.

    def _file(self, archive: tarfile.TarFile, member: tarfile.TarInfo, at: str) -> None:
        source = archive.extractfile(member)
        if source is None:
            raise Broken(f"{member.name!r} is not a file")
        fd = os.open(at, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(fd, "wb") as file:
            while piece := source.read(_CHUNK):
                self._count(len(piece))
                file.write(piece)
            os.fchown(fd, member.uid, member.gid)
            os.fchmod(fd, member.mode & 0o7777)
        os.utime(at, (member.mtime, member.mtime))

    def _count(self, size: int) -> None:
        self._size += size
        if self._size > self._room:
            raise no_room(self._room)


def _inside(name: str) -> str:
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts or "\0" in name:
        raise Broken(f"illegal name {name!r} in a layer")
    return "/".join(parts)


def _hide(folder: str, name: str) -> None:
    """Do what a whiteout says: hide one file of the layers below, or all that they have in a folder."""
    if name == _OPAQUE:
        os.setxattr(f"/{folder}", _OPAQUE_SIGN, b"y")
        return
    hidden = name.removeprefix(_WHITEOUT)
    if hidden in (".", ".."):
        raise Broken(f"illegal whiteout {name!r} in a layer")
    if not hidden or hidden.startswith(_WHITEOUT):
        return  # leftovers of aufs
    at = f"/{folder}/{hidden}"
    try:
        os.mknod(at, stat.S_IFCHR, os.makedev(0, 0))
    except FileExistsError:  # the layer has its own in that place
        if stat.S_ISDIR(os.lstat(at).st_mode):
            os.setxattr(at, _OPAQUE_SIGN, b"y")


def _folder(at: str) -> None:
    """Make a folder. One in the place of a whiteout shows nothing of the layers below."""
    try:
        info = os.lstat(at)
    except FileNotFoundError:
        os.mkdir(at, 0o755)
        return
    if not stat.S_ISDIR(info.st_mode):
        os.unlink(at)
        os.mkdir(at, 0o755)
        if stat.S_ISCHR(info.st_mode):
            os.setxattr(at, _OPAQUE_SIGN, b"y")


def _clear(at: str) -> None:
    """Remove what an earlier member of the layer put there."""
    try:
        info = os.lstat(at)
    except FileNotFoundError:
        return
    if stat.S_ISDIR(info.st_mode):
        safe_open.remove("/", at)
    else:
        os.unlink(at)


def _own(member: tarfile.TarInfo, at: str) -> None:
    os.chown(at, member.uid, member.gid)
    os.chmod(at, member.mode & 0o7777)


def _link(member: tarfile.TarInfo, at: str) -> None:
    target = f"/{_inside(member.linkname)}"
    try:
        os.link(target, at, follow_symlinks=False)
    except OSError as error:
        raise Broken(f"the link {member.name!r} in a layer: {error.strerror}") from None


def empty(folder: str) -> None:
    """Remove what an attempt left."""
    safe_open.empty(folder, "")


def settle(folder: str) -> None:
    """Have what was unpacked reach the disk."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        libc.sync_file_system(fd)
    finally:
        os.close(fd)
