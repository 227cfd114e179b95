"""The files of an object store as a backup has them, and who may delete meanwhile."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from clary.objects.files import FileStore
from clary.objects.frames import walk
from clary.objects.holds import deleting, held
from clary.objects.parcels import is_parcel, parcels

SIZES = (0, 1, 500, 60_000, 70_000, 2_000_000)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "objects"


@pytest.fixture
def store(root: Path) -> Iterator[FileStore]:
    store = FileStore(root)
    yield store
    store.close()


def put(store: FileStore, *bodies: bytes) -> list[str]:
    async def main() -> list[str]:
        return [(await store.put(body)).key for body in bodies]

    return asyncio.run(main())


def body_of(store: FileStore, key: str) -> bytes:
    async def main() -> bytes:
        return b"".join([piece async for piece in store.get(key)])

    return asyncio.run(main())


def copied(root: Path, keys: list[str], target: Path) -> list[str]:
    """Write the parcels of keys to another store's folder; the keys that were lost."""
    lost: list[str] = []
    for parcel in parcels(root, sorted(keys), lost.append):
        assert is_parcel(parcel.name)
        path = target / parcel.name
        path.parent.mkdir(parents=True, exist_ok=True)
        with parcel.content as content:
            path.write_bytes(content.read())
        assert path.stat().st_size == parcel.size
    return lost


def test_a_key_finds_in_the_copy_what_it_found(store: FileStore, root: Path, tmp_path: Path) -> None:
    bodies = [os.urandom(size) for size in SIZES for _ in range(3)]
    keys = put(store, *bodies)
    kept = dict(list(zip(keys, bodies, strict=True))[1::2])
    assert copied(root, list(kept), tmp_path / "copy") == []
    copy = FileStore(tmp_path / "copy")
    assert {key: body_of(copy, key) for key in kept} == kept
    copy.close()


def test_a_copy_has_what_is_named_and_no_more(store: FileStore, root: Path, tmp_path: Path) -> None:
    first, _, last, _ = put(store, b"a" * 100, b"secret" * 1000, b"c" * 100, b"secret" * 10)
    copied(root, [first, last], tmp_path / "copy")
    (segment,) = (tmp_path / "copy" / "segments").iterdir()
    assert b"secret" not in segment.read_bytes()
    with segment.open("rb") as file:
        frames = list(walk(file.fileno()))
    assert [(frame.alive, frame.length) for frame in frames] == [(True, 100), (False, 6000), (True, 100)]


def test_a_copy_can_be_swept_and_written_on(store: FileStore, root: Path, tmp_path: Path) -> None:
    keys = put(store, *(bytes([n]) * 5000 for n in range(10)))
    copied(root, keys[::3], tmp_path / "copy")
    copy = FileStore(tmp_path / "copy")
    assert asyncio.run(copy.sweep(set(keys[:1]), older_than=-10)) == 3
    (more,) = put(copy, b"more")
    assert (body_of(copy, keys[0]), body_of(copy, more)) == (b"\0" * 5000, b"more")
    copy.close()


def test_what_is_lost_is_told_and_left_out(store: FileStore, root: Path, tmp_path: Path) -> None:
    whole, spoilt, large, gone = put(store, b"w" * 10, b"s" * 10, b"l" * 70_000, b"g" * 70_000)
    (segment,) = (root / "segments").iterdir()
    segment.write_bytes(segment.read_bytes().replace(b"s" * 10, b"s" * 9 + b"t"))
    path = store.path(gone)
    assert path
    os.unlink(path)
    elsewhere, strange = "s0123456789abcdef.0.a.00000000", "no key"
    lost = copied(root, [whole, spoilt, large, gone, elsewhere, strange], tmp_path / "copy")
    assert sorted(lost) == sorted([spoilt, gone, elsewhere, strange])


@pytest.mark.parametrize(
    "name", ["", "backup.lock", "tmp/f" + "0" * 32, "segments/x.seg", "blobs/../../etc/passwd", "/blobs"]
)
def test_other_names_are_no_parcels(name: str) -> None:
    assert not is_parcel(name)


class TestHolds:
    def test_deleting_is_shared_and_holding_is_not(self, store: FileStore, root: Path) -> None:
        with deleting(root) as one, store.deleting() as other:
            assert (one, other) == (True, True)
        with held(root), store.deleting() as may:
            assert may is False
        with store.deleting() as may:
            assert may is True

    def test_a_fault_ends_a_hold(self, store: FileStore, root: Path) -> None:
        for hold in (held(root), deleting(root)):
            with pytest.raises(RuntimeError), hold:
                raise RuntimeError
            with held(root):
                pass

    def test_a_hold_waits_for_who_deletes(self, store: FileStore, root: Path) -> None:
        async def main() -> list[str]:
            said: list[str] = []

            def hold() -> None:
                with held(root):
                    said.append("held")

            with store.deleting():
                waiting = asyncio.create_task(asyncio.to_thread(hold))
                await store.put(b"x" * 100_000)
                said.append("deleted")
            await waiting
            return said

        assert asyncio.run(main()) == ["deleted", "held"]
