"""Volumes at the size that was asked for, where their files can only be counted."""

from __future__ import annotations

import mmap
import os
import tempfile
from pathlib import Path

import pytest

from clary_supervisor import disk, nameless
from tests.support.volumes import SIZE, VOLUME, By


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


def test_a_folder_is_counted(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(bytes(8192))
    whole, count = disk.usage(str(tmp_path))
    assert (whole >= 8192, count) == (True, 1)
    assert disk.usage(str(tmp_path / "x"))[0] == 8192
    assert disk.usage(str(tmp_path / "none")) == (0, 0)


def test_what_is_mounted_below_is_not_counted() -> None:
    outer, inner = "/dev", "/dev/shm"
    assert os.stat(outer).st_dev != os.stat(inner).st_dev, (
        "this test needs a file system that is mounted below another"
    )
    with tempfile.TemporaryDirectory(dir=inner) as folder:
        before = disk.usage(outer)[1]
        for name in "abcdefghij":
            Path(folder, name).write_bytes(bytes(4096))
        assert disk.usage(folder) >= (10 * 4096, 10)
        assert disk.usage(outer)[1] == before
