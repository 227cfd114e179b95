"""A volume as a file system of its own: a sparse file, ext4 in it, mounted by a loop device (loop(4)).

The kernel keeps its size then, whatever a program does: bytes, files without a name, numbers of files. Needs root. The
mounts are in a mount namespace of the supervisor's: they end with the last process of the run, and no other process sees them.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import struct

from . import libc
from .disk import BYTES_FOR_A_FILE

_CONTROL = "/dev/loop-control"
_GET_FREE, _CONFIGURE, _GET_STATUS = 0x4C82, 0x4C0A, 0x4C05
_AUTOCLEAR, _DIRECT_IO = 4, 16
_INFO = "=5Q4I64s64s32s2Q"  # struct loop_info64
_INODE_AT = 1  # of its members
_ATTEMPTS = 1000
LEAST = 4 << 20  # bytes; what is smaller is mostly maps. AWS's volumes begin at 1 GiB

# One inode for 16 KiB, as mkfs has it by itself; nothing is kept back for root. The features are named, so that no
# configuration of the machine changes them: ext4's own, but for room to grow and the journal. A journal is for what
# must outlive a power cut; this is thrown away then, and is there in half the time without.
_FEATURES = (
    "none,extent,flex_bg,huge_file,large_file,sparse_super,metadata_csum,64bit,dir_index,dir_nlink,ext_attr,"
    "extra_isize,filetype"
)
_FORMAT = ("-q", "-F", "-m", "0", "-i", str(BYTES_FOR_A_FILE), "-I", "256", "-b", "4096", "-O", _FEATURES)
_LAZY = ("-E", "lazy_itable_init=1,nodiscard")
_MOUNT_OPTION = "noinit_itable"  # a new sparse file is zero already


def leave_the_machines_mounts() -> None:
    """From now on this process has mounts of its own. What the machine mounts or unmounts still arrives here."""
    libc.unshare(libc.CLONE_NEWNS)
    libc.mount("", "/", flags=libc.MS_REC | libc.MS_SLAVE)


def make(image: str, size: int, mkfs: str, templates: str) -> None:
    """Make the file of a volume that holds `size` bytes; does nothing where it is there, also from before a kill.

    mkfs is run once for each size. Its result, a few hundred kilobytes in a sparse file, is copied for each volume.
    """
    if os.path.exists(image):
        return
    template = f"{templates}/{size}.ext4"
    if not os.path.exists(template):
        _format(template, size, mkfs)
    aside = f"{image}.{os.getpid()}.new"
    _copy(template, aside)
    os.rename(aside, image)


def _format(template: str, size: int, mkfs: str) -> None:
    os.makedirs(os.path.dirname(template), mode=0o700, exist_ok=True)
    aside = f"{template}.{os.getpid()}.new"
    fd = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    os.ftruncate(fd, _with_overhead(size))
    os.close(fd)
    words = [mkfs, *_FORMAT, *_LAZY, aside]
    child = os.posix_spawn(mkfs, words, {})
    if os.waitpid(child, 0)[1]:
        os.unlink(aside)
        raise OSError(errno.EIO, f"{mkfs} failed")
    os.rename(aside, template)


def _with_overhead(size: int) -> int:
    """Return what a file system must measure to hold `size` bytes: inodes, maps, and what ext4 keeps free for
    itself."""
    inodes, maps, spare = size // 64, size // 4096, min(size // 50, 16 << 20)
    return size + inodes + maps + spare + (2 << 20)


def _copy(source: str, target: str) -> None:
    """Only what is data: the holes stay holes."""
    with open(source, "rb") as template, open(target, "xb", opener=_private) as image:
        os.ftruncate(image.fileno(), os.fstat(template.fileno()).st_size)
        at = 0
        while (at := _next_data(template.fileno(), at)) is not None:
            end = os.lseek(template.fileno(), at, os.SEEK_HOLE)
            while at < end:
                at += os.pwrite(image.fileno(), os.pread(template.fileno(), end - at, at), at)


def _next_data(fd: int, at: int) -> int | None:
    try:
        return os.lseek(fd, at, os.SEEK_DATA)
    except OSError as error:
        if error.errno != errno.ENXIO:
            raise
        return None


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def attach(image: str) -> int:
    """Return the file system of an image, as a descriptor. OSError where that cannot be."""
    device, name = _attached(image) or _attach(image)
    try:
        return libc.new_file_system("ext4", name, _MOUNT_OPTION)
    finally:
        os.close(device)  # from now on the file system keeps it, and it frees itself after that


def place(mount: int, target: str) -> None:
    """Give the file system of a descriptor a place among this process's mounts."""
    libc.place(mount, target)


def mount(image: str, target: str) -> None:
    """Mount the file system of an image at a folder. OSError where that cannot be."""
    made = attach(image)
    try:
        place(made, target)
    finally:
        os.close(made)


def bind(source: str, target: str) -> None:
    """Have a folder in a second place."""
    libc.mount(source, target, flags=libc.MS_BIND)


def unbind(target: str) -> None:
    """Take a folder away from where it was mounted, if it was."""
    with contextlib.suppress(OSError):
        libc.unmount(target)


def settle(target: str) -> None:
    """Have what was written to a mounted volume reach its image. OSError where it did not."""
    fd = os.open(target, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        libc.sync_file_system(fd)
    finally:
        os.close(fd)


def _attached(image: str) -> tuple[int, str] | None:
    """Return the device that already has this image: a program that outlived its supervisor uses it."""
    wanted = os.stat(image).st_ino
    for name in os.listdir("/sys/block"):
        if _backing_file(name) == image:
            device = os.open(f"/dev/{name}", os.O_RDWR | os.O_CLOEXEC)
            with contextlib.suppress(OSError):  # it freed itself before it was open
                status = fcntl.ioctl(device, _GET_STATUS, bytes(struct.calcsize(_INFO)))
                if struct.unpack(_INFO, status)[_INODE_AT] == wanted:
                    return device, f"/dev/{name}"
            os.close(device)
    return None


def _backing_file(name: str) -> str:
    try:
        with open(f"/sys/block/{name}/loop/backing_file", encoding="utf-8", errors="surrogateescape") as file:
            return file.read().rstrip("\n")
    except OSError:
        return ""


def _attach(image: str) -> tuple[int, str]:
    """Return a free device, with this image. Another process may take the same free one before us: then the
    next."""
    file = os.open(image, os.O_RDWR | os.O_CLOEXEC)
    try:
        for _ in range(_ATTEMPTS):
            name = f"/dev/loop{_free()}"
            device = os.open(name, os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.ioctl(device, _CONFIGURE, _configuration(file))
                return device, name
            except OSError as error:
                os.close(device)
                if error.errno != errno.EBUSY:
                    raise
        raise OSError(errno.EBUSY, "no free loop device")
    finally:
        os.close(file)


def _free() -> int:
    control = os.open(_CONTROL, os.O_RDWR | os.O_CLOEXEC)
    try:
        return fcntl.ioctl(control, _GET_FREE)
    finally:
        os.close(control)


def _configuration(file: int) -> bytes:
    """struct loop_config. Direct: else the file's pages would be in memory twice."""
    info = struct.pack(_INFO, 0, 0, 0, 0, 0, 0, 0, 0, _AUTOCLEAR | _DIRECT_IO, b"", b"", b"", 0, 0)
    return struct.pack("=2I", file, 0) + info + bytes(64)
