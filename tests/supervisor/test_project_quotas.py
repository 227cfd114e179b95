"""Volumes at the size that was asked for: a project quota."""

from __future__ import annotations

import ctypes
import errno
import io
import os
import struct
from pathlib import Path
from typing import Any

import pytest

from clary.runs import volumes
from clary_supervisor import libc, project
from clary_supervisor import volume as volume_of_a_run


# a project quota --------------------------------------------------------------------------------------------------
class Kernel:
    """quotactl(2) and the ioctls of one file system with project quotas; what it was told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.limits: dict[int, tuple[int, int]] = {}
        self.used: set[int] = set()
        self.marks: dict[int, bytes] = {}
        self.flags = 1 << 5
        monkeypatch.setattr(libc, "quotactl", self.quotactl)
        monkeypatch.setattr(project.fcntl, "ioctl", self.ioctl)

    def quotactl(self, command: int, device: str, number: int, data: Any) -> None:
        assert device == "/dev/disk"
        assert command & 0xFF == 2, "the project's type"
        number &= 0xFFFFFFFF
        if command >> 8 == 0x5808:
            assert data.version == 1
            data.flags = self.flags
        elif command >> 8 == 0x800007:
            if number not in self.limits and number not in self.used:
                raise ProcessLookupError(errno.ESRCH, "")
            data.hard_blocks = self.limits.get(number, (0, 0))[0]
            data.inodes = number in self.used
        elif command >> 8 == 0x800008:
            assert data.valid == 5
            self.limits[number] = (data.hard_blocks, data.hard_inodes)

    def ioctl(self, fd: int, command: int, argument: bytes) -> bytes:
        inode = os.fstat(fd).st_ino
        if command == 0x801C581F:
            return self.marks.get(inode, struct.pack("=5I8s", 0x40, 0, 0, 0, 0, b""))
        assert command == 0x401C5820
        self.marks[inode] = argument
        return argument


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    return Kernel(monkeypatch)


def test_the_kernels_structures_have_the_kernels_sizes() -> None:
    """struct if_dqblk and fs_quota_statv of linux/quota.h, linux/dqblk_xfs.h; fsxattr of linux/fs.h."""
    assert ctypes.sizeof(project._Quota) == 72
    assert ctypes.sizeof(project._State) >= 160
    assert struct.calcsize(project._ATTRIBUTES) == 28


def test_folders_are_put_under_one_number_with_its_limits(kernel: Kernel, tmp_path: Path) -> None:
    folders = [tmp_path / "ml", tmp_path / "tmp"]
    for folder in folders:
        folder.mkdir()
    number = project.limit("/dev/disk", [str(folder) for folder in folders], 1 << 30, 65536)
    assert number >= 1 << 31
    assert kernel.limits == {number: (1 << 20, 65536)}
    for folder in folders:
        flags, *_, marked, _, _ = struct.unpack("=5I8s", kernel.marks[folder.stat().st_ino])
        assert (flags, marked) == (0x40 | 0x200, number)
        assert project.number_of(str(folder)) == number
    project.lift("/dev/disk", number)
    assert kernel.limits == {number: (0, 0)}


def test_a_number_that_is_in_use_is_not_taken(kernel: Kernel, tmp_path: Path) -> None:
    first = (1 << 31) + tmp_path.stat().st_ino % ((1 << 31) - 1)
    kernel.limits[first] = (100, 100)
    kernel.used.add(first + 1)
    assert project.limit("/dev/disk", [str(tmp_path)], 1 << 20, 64) == first + 2


def test_quotas_that_only_count_are_no_limit(kernel: Kernel) -> None:
    assert project.is_enforced("/dev/disk")
    kernel.flags = 1 << 4
    assert not project.is_enforced("/dev/disk")


def test_a_file_system_without_project_quotas_has_none() -> None:
    """The real system calls."""
    assert not project.is_enforced("/dev/no-such-disk")
    assert project.device_of("/proc") == ""


def test_the_device_of_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """proc_pid_mountinfo(5): the device's number is the third field, its name the second after a hyphen, and before that
    there may be more fields."""
    number = tmp_path.stat().st_dev
    own = f"{os.major(number)}:{os.minor(number)}"
    lines = [
        f"20 1 {os.major(number)}:{os.minor(number) + 1} / / rw - ext4 /dev/other rw",
        f"21 1 {own} / /plain rw - overlay overlay rw",
        f"22 1 {own} / /home rw,noatime shared:7 master:1 - xfs /dev/disk rw,prjquota",
    ]
    mounted = "\n".join(lines) + "\n"
    monkeypatch.setattr(project, "open", lambda path, **_: io.StringIO(mounted), raising=False)
    assert project.device_of(str(tmp_path)) == "/dev/disk"
    mounted = "\n".join(lines[:2]) + "\n"
    assert project.device_of(str(tmp_path)) == ""


def test_a_run_under_a_project_quota(kernel: Kernel, tmp_path: Path) -> None:
    spec = {"hosts": [{"name": "algo-1"}], "resources": {"volume": 1 << 30}, "sockets": False, "keep": []}
    plan = volumes.Volumes("project", device="/dev/disk").to_json()
    run = volume_of_a_run.Volumes(str(tmp_path), spec, plan)
    assert run.open(resumed=False) == "volume: kept by a project quota of the file system"
    (number,) = kernel.limits
    later = volume_of_a_run.Volumes(str(tmp_path), spec, plan)
    later.open(resumed=True)
    assert (later.kind, later.largest_file, list(kernel.limits)) == ("project", 0, [number])
    later.drop()
    assert kernel.limits[number] == (0, 0)
