"""Volumes at the size that was asked for: by a file system of their own, by a project quota, by counting."""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import struct
from pathlib import Path
from typing import Any

import pytest

from clary.runs import volumes
from clary.runs.api import Host, Input, Resources, RunSpec
from clary.runs.local import LocalExecutor
from clary_supervisor import disk, libc, nameless, project
from clary_supervisor import volume as volume_of_a_run
from tests.runs.conftest import Bench
from tests.runs.stub_s3 import StubS3
from tests.support.live_jobs import archive
from tests.support.waiting import until

SIZE = 20_000_000
VOLUME = Resources(volume=SIZE)
SAYS_FULL = """
import errno, os
def fill(fd):
    written = 0
    try:
        while written < 60_000_000:
            written += os.write(fd, bytes(1 << 20))
    except OSError as error:
        return written, errno.errorcode[error.errno]
    return written, "WROTE IT ALL"
"""


class By(Bench):
    """An executor that keeps volumes in one way."""

    def __init__(self, home: Path, kind: volumes.Kind) -> None:
        self._kind: volumes.Kind = kind
        super().__init__(home)

    def another(self) -> LocalExecutor:
        return LocalExecutor(self.home, patience=20, sync_every=0.05, volumes=self._kind)

    def clear(self) -> None:
        for run_id in self.executor.runs():
            self.executor.stop(run_id, grace=0)
            self.end(run_id)
            self.executor.forget(run_id)


@pytest.fixture
def loop(tmp_path: Path) -> Any:
    try:
        bench = By(tmp_path / "home", "loop")
    except RuntimeError as error:
        pytest.skip(str(error))
    yield bench
    bench.clear()


@pytest.fixture
def counted(tmp_path: Path) -> Any:
    bench = By(tmp_path / "home", "counted")
    yield bench
    bench.clear()


# a file system of its own -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("where", ["/tmp/x", "/opt/ml/model/x", "/opt/ml/input/data/x", "/var/tmp/x"])
@pytest.mark.parametrize("unlinked", [True, False])
def test_no_file_outgrows_the_volume(loop: By, where: str, unlinked: bool) -> None:
    """What is full says so inside, in the words of a disk: No space left on device."""
    script = (
        f"fd = os.open({where!r}, os.O_RDWR | os.O_CREAT)\n{f'os.unlink({where!r})' if unlinked else ''}\n"
    )
    loop.run("{python}", "-c", f"{SAYS_FULL}{script}print(*fill(fd)); os.ftruncate(fd, 0)", resources=VOLUME)
    written, said = loop.text().split()
    assert said == "ENOSPC"
    assert SIZE <= int(written) < 1.2 * SIZE


def test_tmp_and_opt_ml_are_one_volume(loop: By) -> None:
    script = "a = os.open('/tmp/a', os.O_RDWR | os.O_CREAT); b = os.open('/opt/ml/b', os.O_RDWR | os.O_CREAT)"
    loop.run("{python}", "-c", f"{SAYS_FULL}{script}\nprint(fill(a)[1], fill(b)[0])", resources=VOLUME)
    assert loop.text() == "ENOSPC 0\n"


def test_the_number_of_files_is_limited_by_the_size(loop: By) -> None:
    script = (
        "import errno, os\nos.mkdir('/tmp/n'); os.chdir('/tmp/n')\nn = 0\n"
        "try:\n    while n < 100_000:\n        os.mknod(str(n)); n += 1\n"
        "except OSError as error:\n    print(n, errno.errorcode[error.errno])\n"
        "for name in os.listdir('.'): os.unlink(name)"
    )
    loop.run("{python}", "-c", script, resources=VOLUME)
    count, _, said = loop.text().strip().partition(" ")
    assert said == "ENOSPC"
    assert SIZE // disk.BYTES_FOR_A_FILE <= int(count) < 2 * SIZE // disk.BYTES_FOR_A_FILE


def test_a_program_that_fails_on_a_full_volume_is_told_why(loop: By) -> None:
    script = "set -e; head -c 60000000 /dev/zero >/opt/ml/model/big"
    state = loop.run("sh", "-c", script, resources=VOLUME)
    assert (state.exit_code, state.reason) == (1, "disk"), (state, loop.log())
    assert f"of a volume of {SIZE} bytes" in state.detail
    assert "No space left on device" in loop.text()


def test_a_program_that_makes_room_again_ends_well(loop: By) -> None:
    script = "head -c 60000000 /dev/zero >/tmp/x || rm /tmp/x; echo fine >/opt/ml/model/x"
    state = loop.run("sh", "-c", script, resources=VOLUME)
    assert (state.exit_code, state.reason) == (0, "")


def test_files_with_holes_may_be_larger_than_the_volume(loop: By) -> None:
    """As on AWS, and as LMDB makes them."""
    assert loop.run("truncate", "-s", "1T", "/opt/ml/model/x", resources=VOLUME).exit_code == 0


def test_each_host_has_its_own(loop: By) -> None:
    hosts = (Host("algo-1"), Host("algo-2"))
    script = "head -c 15000000 /dev/zero >/opt/ml/model/$HOSTNAME; ls /opt/ml/model"
    assert loop.run("sh", "-c", script, resources=VOLUME, hosts=hosts).exit_code == 0
    assert [loop.text(host=host.name) for host in hosts] == ["algo-1\n", "algo-2\n"]


def test_its_files_are_seen_through_its_supervisor(loop: By) -> None:
    """docs/how-to/debugging-a-failed-job.md"""
    loop.begin("echo here >/opt/ml/model/x; echo up; sleep 600", resources=VOLUME)
    loop.says("up")
    pid = loop.supervisor().split()[0]
    inside = f"{loop.home}/runs/r/hosts/algo-1/ml/model/x"
    assert Path(f"/proc/{pid}/root{inside}").read_text() == "here\n"
    assert not Path(inside).exists()


def test_an_archive_that_fills_it_is_told_in_the_words_of_aws(loop: By, s3: StubS3) -> None:
    s3.put("s3://b/m.tar.gz", archive({"zeros": bytes(50_000_000)}))
    item = Input("/opt/ml/model", "s3://b/m.tar.gz", kind="model")
    state = loop.run("true", inputs=(item,), resources=VOLUME, **s3.spec())
    assert (state.reason, state.exits) == ("disk", ())
    assert state.detail == "ClientError: Data download failed:no space left on device"


def test_nothing_is_left_of_it(loop: By) -> None:
    def devices() -> list[str]:
        found = Path("/sys/block").glob("loop*/loop/backing_file")
        return [text for path in found if (text := path.read_text()).startswith(f"{loop.home}/runs")]

    loop.begin("echo up; sleep 600", resources=VOLUME)
    loop.says("up")
    assert len(devices()) == 1
    assert str(loop.home) not in Path("/proc/self/mountinfo").read_text(), (
        "the machine's own mounts are as they were"
    )
    loop.executor.stop("r", grace=0)
    loop.end()
    until(lambda: not devices(), what="for the loop device to be free")
    until(lambda: not list(loop.home.glob("runs/r/hosts/*/*.img")))
    assert (loop.home / f"volumes/{SIZE}.ext4").exists()


def test_what_is_kept_is_read_after_the_end(loop: By) -> None:
    script = "mkdir -p /opt/ml/output/m; echo kept >/opt/ml/output/m/x; echo gone >/opt/ml/output/y; ln -s x /opt/ml/output/m/l"
    keep = ("output/m/x", "/opt/ml/output/m/l", "output/none")
    loop.run("sh", "-c", script, resources=VOLUME, keep=keep)
    assert loop.executor.file("r", "algo-1", "output/m/x") == b"kept\n"
    assert not loop.executor.file("r", "algo-1", "output/m/l"), "a link is not followed"
    assert loop.executor.file("r", "algo-1", "output/y") is None


def test_a_path_out_of_opt_ml_is_not_kept(loop: By) -> None:
    with pytest.raises(ValueError, match="opt/ml"):
        loop.executor.start("r", RunSpec(("true",), keep=("../../spec.json",)))


def test_a_supervisor_that_follows_another_finds_the_same_volume(loop: By) -> None:
    """While the program lives, and after it ended with nobody there."""
    go = "import os; s = open('/opt/ml/model/x', 'w'); print('up', flush=True); "
    code = f"{go}\nimport time\nwhile not os.path.exists('/run/clary/go'): time.sleep(0.01)\ns.write('late'); s.close(); raise SystemExit(3)"
    loop.executor.start(
        "r", RunSpec(("{python}", "-c", code), resources=VOLUME, sockets=True, keep=("model/x",))
    )
    loop.says("up")
    loop.kill_supervisor()
    loop.executor = loop.another()
    loop.executor.inspect("r")
    loop.supervisor()
    loop.kill_supervisor()
    (loop.home / "runs/r/hosts/algo-1/s/go").touch()
    state = loop.end()
    assert (state.phase, state.exit_code) == ("exited", 3)
    assert loop.executor.file("r", "algo-1", "model/x") == b"late"


def test_a_volume_of_another_boot_is_lost(loop: By) -> None:
    """It has no journal: after a power cut nobody knows what is on it."""
    loop.begin("echo up; sleep 600", resources=VOLUME)
    loop.says("up")
    loop.kill_supervisor()
    (image,) = (loop.home / "runs/r/hosts/algo-1").glob("volume-*.img")
    image.rename(image.with_name("volume-another-boot.img"))
    state = loop.end()
    assert state.phase == "lost"
    assert "the machine went down" in state.detail


def test_where_it_cannot_be_mounted_after_all_it_is_counted(loop: By) -> None:
    (loop.home / "volumes").mkdir()
    (loop.home / f"volumes/{SIZE}.ext4").write_bytes(bytes(1 << 20))  # no file system
    state = loop.run("sh", "-c", "head -c 30000000 /dev/zero >/tmp/x; sleep 600", resources=VOLUME)
    assert state.reason == "disk"
    assert any(note.startswith("volume: counted, not kept by the kernel (") for note in state.notes)


def test_without_a_size_there_is_no_volume(loop: By) -> None:
    state = loop.run("sh", "-c", "touch /opt/ml/model/x")
    assert loop.executor.file("r", "algo-1", "model/x") == b""
    assert not any(note.startswith("volume") for note in state.notes)


# counting ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("where", ["/tmp/x", "/opt/ml/model/x", "/run/clary/x"])
def test_files_without_a_name_are_counted(counted: By, where: str) -> None:
    """Two of them, since one alone meets the limit of a file's size."""
    script = (
        f"import os, time\nfor n in 'ab':\n    fd = os.open({where!r} + n, os.O_RDWR | os.O_CREAT); os.unlink({where!r} + n)\n"
        "    os.write(fd, bytes(11_000_000)); fds = fd\nprint('up', flush=True); time.sleep(600)"
    )
    state = counted.run("{python}", "-c", script, resources=VOLUME, sockets=True)
    assert (state.exit_code, state.reason) == (-9, "disk")
    assert f"of a volume of {SIZE} bytes" in state.detail


def test_the_number_of_files_is_counted(counted: By) -> None:
    script = f"import os, time\nfor n in range({disk.most_files(SIZE) + 10}): os.mknod(f'/tmp/{{n}}')\ntime.sleep(600)"
    state = counted.run("{python}", "-c", script, resources=VOLUME)
    assert state.reason == "disk"
    assert "files on a volume for" in state.detail


def test_one_file_is_no_larger_than_the_volume(counted: By) -> None:
    """Between two measurements a disk takes gigabytes: the kernel knows of this one at once."""
    state = counted.run("sh", "-c", "exec head -c 60000000 /dev/zero >/tmp/x", resources=VOLUME)
    assert (state.exit_code, state.reason) == (1, "disk")
    assert "File too large" in counted.text()


def test_what_has_no_name_is_found_by_descriptor_and_by_mapping(tmp_path: Path) -> None:
    device = tmp_path.stat().st_dev
    before = nameless.size([os.getpid()], device)
    paths = [tmp_path / name for name in ("opened", "mapped", "named")]
    for path in paths:
        path.write_bytes(bytes(1 << 20))
    opened, mapped, named = (path.open("r+b") for path in paths)
    twice = os.dup(opened.fileno())
    mapping = mmap.mmap(mapped.fileno(), 0)
    mapped.close()
    for path in paths[:2]:
        path.unlink()
    assert nameless.size([os.getpid(), os.getpid()], device) - before == 2 << 20
    assert nameless.size([os.getpid()], device + 1) == 0
    assert nameless.size([2**22 + 1], device) == 0, "a process that is gone"
    mapping.close()
    os.close(twice)
    opened.close()
    named.close()
    assert nameless.size([os.getpid()], device) == before


def test_what_is_mounted_below_is_not_counted(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(bytes(8192))
    whole, count = disk.usage(str(tmp_path))
    assert (whole >= 8192, count) == (True, 1)
    assert disk.usage(str(tmp_path / "x"))[0] == 8192
    assert disk.usage(str(tmp_path / "none")) == (0, 0)
    assert disk.usage("/proc/self/root/proc/tty")[1] >= 0


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


def test_a_file_system_without_project_quotas_has_none(tmp_path: Path) -> None:
    """The real system calls."""
    assert not project.is_enforced("/dev/no-such-disk")
    if os.geteuid() == 0:
        assert project.device_of(str(tmp_path)).startswith("/") or project.device_of(str(tmp_path)) == ""


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


# the choice -------------------------------------------------------------------------------------------------------
def test_a_project_quota_is_preferred_where_it_is_enforced(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(volumes.os, "geteuid", lambda: 0)
    monkeypatch.setattr(project, "device_of", lambda _: "/dev/disk")
    monkeypatch.setattr(project, "is_enforced", lambda device: device == "/dev/disk")
    found = volumes.survey(tmp_path)
    assert (found.kind, found.device) == ("project", "/dev/disk")
    assert "project quota" in found.describe()


@pytest.mark.parametrize("user", [0, 1000])
def test_without_any_means_it_is_counted_and_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, user: int
) -> None:
    monkeypatch.setattr(volumes.os, "geteuid", lambda: user)
    monkeypatch.setattr(project, "is_enforced", lambda _: False)
    monkeypatch.setattr(volumes, "which", lambda *_, **__: None)
    found = volumes.survey(tmp_path)
    assert found.kind == "counted"
    assert ("prjquota" if user == 0 else "run as root") in found.describe()
    with pytest.raises(RuntimeError, match="volumes by loop do not work"):
        volumes.survey(tmp_path, "loop")


def test_a_mkfs_that_does_not_work_is_found_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(volumes.os, "geteuid", lambda: 0)
    monkeypatch.setattr(volumes, "which", lambda *_, **__: "/bin/false")
    with pytest.raises(RuntimeError):
        volumes.survey(tmp_path, "loop")
    assert list(tmp_path.iterdir()) == []
