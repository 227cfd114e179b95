"""What is the file store's own: the layout, the full disk, syncing."""

from __future__ import annotations

import asyncio
import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clary.objects import uploads
from clary.objects.api import NoSpace
from clary.objects.files import FileStore
from tests.support.waiting import until


@pytest.fixture
def store(tmp_path: Path) -> Iterator[FileStore]:
    store = FileStore(tmp_path / "objects")
    yield store
    store.close()


async def read(store: FileStore, key: str) -> bytes:
    return b"".join([piece async for piece in store.get(key)])


def test_folders_and_files_are_ours_alone(store: FileStore, tmp_path: Path) -> None:
    async def main() -> None:
        await store.put(b"x")
        await store.put(b"x" * 100_000)

    asyncio.run(main())
    modes = {oct(path.stat().st_mode & 0o777) for path in (tmp_path / "objects").rglob("*")}
    assert modes == {"0o700", "0o600"}
    assert oct((tmp_path / "objects").stat().st_mode & 0o777) == "0o700"


def test_small_blobs_lie_together_and_large_ones_alone(store: FileStore, tmp_path: Path) -> None:
    async def main() -> None:
        for _ in range(50):
            assert store.path((await store.put(b"x" * 65_536)).key) is None
        assert store.path((await store.put(b"x" * 65_537)).key) is not None

    asyncio.run(main())
    assert len([path for path in (tmp_path / "objects").rglob("*") if path.is_file()]) == 2


def test_a_single_part_is_joined_without_copying(store: FileStore) -> None:
    async def main() -> None:
        part = await store.put(b"x" * 100_000)
        joined = await store.join([part.key])
        one, other = store.path(part.key), store.path(joined.key)
        assert one
        assert other
        assert os.path.samefile(one, other)

    asyncio.run(main())


def test_where_the_kernel_cannot_copy_between_files_it_is_sent(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **more: Any) -> int:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(uploads.os, "copy_file_range", refuse)
    bodies = [os.urandom(3_000_000), os.urandom(10), os.urandom(100_000)]

    async def main() -> None:
        keys = [(await store.put(body)).key for body in bodies]
        assert await read(store, (await store.join(keys)).key) == b"".join(bodies)

    asyncio.run(main())


def test_a_durable_blob_is_on_the_disk_before_it_is_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []

    def note(name: str, real: Any) -> Any:
        def sync(fd: int) -> None:
            synced.append(os.readlink(f"/proc/self/fd/{fd}"))
            real(fd)

        return sync

    monkeypatch.setattr(os, "fsync", note("fsync", os.fsync))
    monkeypatch.setattr(os, "fdatasync", note("fdatasync", os.fdatasync))
    store = FileStore(tmp_path / "objects", synchronous="FULL")

    async def main() -> None:
        await store.put(b"x")
        assert synced[-1].endswith(".seg")
        synced.clear()
        key = (await store.put(b"x" * 100_000)).key
        path = store.path(key)
        assert path
        assert "/tmp/" in synced[0]
        assert str(Path(path).parent) in synced
        synced.clear()
        await asyncio.gather(*(store.put(b"x") for _ in range(50)))
        assert len(synced) < 25, "those that wait together share one"

    asyncio.run(main())
    store.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a small file system needs root")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def free(disk: Path) -> int:
    found = os.statvfs(disk)
    return found.f_bavail * found.f_frsize


def test_a_full_disk_is_no_space_and_damages_nothing(small_disk: Path) -> None:
    store = FileStore(small_disk / "objects")

    async def large() -> Any:
        for _ in range(40):
            yield os.urandom(50_000)

    async def main() -> None:
        kept = [
            await store.put(b"a" * 1000),
            await store.put(b"b" * 100_000),
            await store.put(b"c" * 200_000),
        ]
        with pytest.raises(NoSpace):
            await store.put(large())
        with pytest.raises(NoSpace):
            await store.join([kept[1].key, kept[2].key] * 4)
        assert list((small_disk / "objects" / "tmp").iterdir()) == []
        with pytest.raises(NoSpace):  # noqa: PT012
            for _ in range(1000):
                kept.append(await store.put(os.urandom(2000)))
        for blob in kept:
            assert len(await read(store, blob.key)) == blob.size
        await store.delete(kept[2].key)
        # The thread that read it last may hold the file for a moment longer than it takes to have its answer.
        until(lambda: free(small_disk) > 100_000)
        assert await read(store, (await store.put(b"d" * 2000)).key) == b"d" * 2000

    asyncio.run(main())
    store.close()


def test_other_errors_of_the_disk_are_not_taken_for_a_full_one(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any) -> int:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "pwrite", broken)
    with pytest.raises(OSError, match="Input/output"):
        asyncio.run(store.put(b"x"))
