"""What every ObjectStore promises (clary.objects.api), written once and run for each."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Iterator
from pathlib import Path
from typing import Any

import pytest

from clary.objects.api import Blob, Missing, ObjectStore
from clary.objects.files import FileStore

REPO = Path(__file__).parents[2]
SIZES = [0, 1, 1000, 65_535, 65_536, 65_537, 1_000_000, 3_500_000]


@pytest.fixture(params=["files", "files-durable"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ObjectStore]:
    synchronous: Any = "FULL" if request.param == "files-durable" else "NORMAL"
    store = FileStore(tmp_path / "objects", synchronous=synchronous)
    yield store
    store.close()


def run(work: Awaitable[Any]) -> Any:
    async def main() -> Any:
        return await work

    return asyncio.run(main())


async def parts(data: bytes, size: int = 10_000) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]
        await asyncio.sleep(0)


async def read(store: ObjectStore, key: str, *span: Any) -> bytes:
    return b"".join([piece async for piece in store.get(key, *span)])


async def missing(store: ObjectStore, key: str) -> bool:
    try:
        await read(store, key)
    except Missing:
        return True
    return False


class TestPut:
    @pytest.mark.parametrize("size", SIZES)
    @pytest.mark.parametrize("how", ["bytes", "iterator"])
    def test_what_was_put_is_got(self, store: ObjectStore, size: int, how: str) -> None:
        data = os.urandom(size)

        async def main() -> None:
            blob = await store.put(data if how == "bytes" else parts(data))
            assert blob == Blob(blob.key, size, hashlib.md5(data).hexdigest())
            assert await read(store, blob.key) == data

        run(main())

    def test_the_same_bytes_twice_are_two_blobs(self, store: ObjectStore) -> None:
        async def main() -> None:
            for data in (b"x", b"x" * 100_000):
                one, other = await store.put(data), await store.put(data)
                await store.delete(one.key)
                assert await read(store, other.key) == data

        run(main())

    @pytest.mark.parametrize("before", [0, 30_000, 100_000, 2_000_000])
    def test_a_body_that_breaks_leaves_nothing_behind(
        self, store: ObjectStore, before: int, tmp_path: Path
    ) -> None:
        async def breaking() -> AsyncIterator[bytes]:
            async for part in parts(os.urandom(before)):
                yield part
            raise ConnectionResetError("gone")

        async def main() -> None:
            await store.put(b"other")
            with pytest.raises(ConnectionResetError, match="gone"):
                await store.put(breaking())

        run(main())
        store.close()  # type: ignore[attr-defined]
        assert total(tmp_path) < 1000

    def test_a_put_that_is_cancelled_leaves_nothing_behind(self, store: ObjectStore, tmp_path: Path) -> None:
        async def main() -> None:
            reached, never = asyncio.Event(), asyncio.Event()

            async def hanging() -> AsyncIterator[bytes]:
                yield os.urandom(3_000_000)
                reached.set()
                await never.wait()

            task = asyncio.create_task(store.put(hanging()))
            await reached.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        run(main())
        store.close()  # type: ignore[attr-defined]
        assert total(tmp_path) == 0

    def test_many_at_once(self, store: ObjectStore) -> None:
        chance = random.Random(1)
        bodies = [chance.randbytes(chance.choice([10, 5_000, 70_000, 700_000])) for _ in range(60)]

        async def one(data: bytes) -> None:
            blob = await store.put(parts(data))
            assert await read(store, blob.key) == data
            await store.delete(blob.key)
            assert await missing(store, blob.key)

        async def main() -> None:
            await asyncio.gather(*(one(data) for data in bodies))

        run(main())


class TestGet:
    @pytest.mark.parametrize("size", [100, 65_536, 2_500_000])
    def test_ranges(self, store: ObjectStore, size: int) -> None:
        data = os.urandom(size)
        spans = [
            (0, 0),
            (0, 1),
            (1, None),
            (size - 1, None),
            (size, None),
            (size + 9, 5),
            (7, size),
            (50, 20),
        ]

        async def main() -> None:
            blob = await store.put(data)
            for start, length in spans:
                expected = data[start:] if length is None else data[start : start + length]
                assert await read(store, blob.key, start, length) == expected

        run(main())

    @pytest.mark.parametrize(
        "key",
        [
            "",
            "x",
            "../../etc/passwd",
            "f" + "../" * 10 + "00",
            "f" + "0" * 32,
            "f" + "0" * 31,
            "f" + "0" * 32 + "\n",
            "f" + "A" * 32,
            "s0000000000000000.0.1.00000000",
            "s../../../../../x.0.1.00000000",
            "s0000000000000000.-1.1.00000000",
            "s0000000000000000.0.ffffffff.00000000",
        ],
    )
    def test_a_key_that_is_none_of_ours_reads_nothing(self, store: ObjectStore, key: str) -> None:
        async def main() -> None:
            assert await missing(store, key)
            assert store.path(key) is None
            await store.delete(key)

        run(main())

    @pytest.mark.parametrize(
        "change", [("length", 1), ("offset", 1), ("offset", -16), ("crc", 1), ("length", 10**6)]
    )
    def test_a_key_that_was_tampered_with_reads_nothing(
        self, store: ObjectStore, change: tuple[str, int]
    ) -> None:
        from clary.objects.keys import Slice, parse

        async def main() -> None:
            await store.put(b"a" * 100)
            where = parse((await store.put(b"b" * 100)).key)
            assert isinstance(where, Slice)
            forged = where._replace(**{change[0]: getattr(where, change[0]) + change[1]})
            assert await missing(store, forged.key)
            await store.delete(forged.key)
            assert await read(store, where.key) == b"b" * 100

        run(main())

    @pytest.mark.parametrize("size", [100, 100_000])
    def test_path_is_a_file_that_holds_exactly_this_blob_or_none(self, store: ObjectStore, size: int) -> None:
        async def main() -> None:
            blob = await store.put(b"x" * size)
            path = store.path(blob.key)
            assert path is None or Path(path).read_bytes() == b"x" * size
            await store.delete(blob.key)
            assert store.path(blob.key) is None

        run(main())

    def test_a_reader_finishes_what_is_deleted_meanwhile(self, store: ObjectStore) -> None:
        data = os.urandom(5_000_000)

        async def main() -> None:
            blob = await store.put(data)
            pieces = store.get(blob.key)
            got = await anext(pieces)
            await store.delete(blob.key)
            assert await missing(store, blob.key)
            assert got + b"".join([piece async for piece in pieces]) == data

        run(main())

    @pytest.mark.parametrize("size", [0, 10, 100_000])
    def test_delete_is_idempotent(self, store: ObjectStore, size: int) -> None:
        async def main() -> None:
            blob, other = await store.put(b"x" * size), await store.put(b"y" * size)
            for _ in range(2):
                await store.delete(blob.key)
                assert await missing(store, blob.key)
            assert await read(store, other.key) == b"y" * size

        run(main())


class TestJoin:
    @pytest.mark.parametrize(
        "sizes", [[], [10], [10, 0, 20], [200_000], [200_000, 5], [5, 200_000, 0, 65_536, 3_000_000]]
    )
    def test_parts_in_order(self, store: ObjectStore, sizes: list[int]) -> None:
        bodies = [os.urandom(size) for size in sizes]

        async def main() -> None:
            keys = [(await store.put(body)).key for body in bodies]
            joined = await store.join(keys)
            assert joined.size == sum(sizes)
            assert joined.md5 in ("", hashlib.md5(b"".join(bodies)).hexdigest())
            assert [await read(store, key) for key in keys] == bodies, "the parts stay"
            for key in keys:
                await store.delete(key)
            assert await read(store, joined.key) == b"".join(bodies)

        run(main())

    def test_a_part_that_is_missing(self, store: ObjectStore, tmp_path: Path) -> None:
        async def main() -> None:
            there = await store.put(b"x" * 100_000)
            gone = await store.put(b"y" * 100_000)
            await store.delete(gone.key)
            for keys in ([gone.key], [there.key, gone.key], ["nonsense"]):
                with pytest.raises(Missing):
                    await store.join(keys)
            await store.delete(there.key)

        run(main())
        assert total(tmp_path) == 0


class TestSweep:
    def test_only_what_is_old_and_named_by_nobody_goes(self, store: ObjectStore, tmp_path: Path) -> None:
        async def main() -> None:
            blobs = [await store.put(os.urandom(size)) for size in (10, 20, 30, 100_000, 200_000, 0)]
            live = {blobs[1].key, blobs[3].key}
            store.close()  # type: ignore[attr-defined]  # a segment is swept once its writer has gone
            later = FileStore(tmp_path / "objects")
            assert await later.sweep(live, older_than=1000) == 0, "all are young"
            age(tmp_path, 2000)
            assert await later.sweep(live, older_than=3000) == 0
            assert await later.sweep(live, older_than=1000) == 4
            assert await later.sweep(live, older_than=1000) == 0
            for blob in blobs:
                assert await missing(later, blob.key) == (blob.key not in live)
            assert await later.sweep(set(), older_than=1000) == 2
            assert total(tmp_path) == 0
            later.close()

        run(main())

    def test_an_upload_that_takes_long_is_not_swept_away(self, store: ObjectStore, tmp_path: Path) -> None:
        data = os.urandom(3_000_000)

        async def main() -> None:
            halfway, go_on = asyncio.Event(), asyncio.Event()

            async def slow() -> AsyncIterator[bytes]:
                yield data[:1_000_000]
                yield data[1_000_000:2_000_000]
                halfway.set()
                await go_on.wait()
                yield data[2_000_000:]

            put = asyncio.create_task(store.put(slow()))
            await halfway.wait()
            while total(tmp_path) < 2_000_000:  # a thread is writing it
                await asyncio.sleep(0)
            age(tmp_path, 2000)
            assert await store.sweep(set(), older_than=1000) == 0
            go_on.set()
            assert await read(store, (await put).key) == data

        run(main())

    def test_a_joined_blob_is_young_though_its_part_is_old(self, store: ObjectStore, tmp_path: Path) -> None:
        async def main() -> None:
            part = await store.put(b"x" * 100_000)
            age(tmp_path, 2000)
            joined = await store.join([part.key])
            await store.sweep({part.key}, older_than=1000)
            assert await read(store, joined.key) == b"x" * 100_000

        run(main())

    def test_while_others_put_and_delete(self, store: ObjectStore, tmp_path: Path) -> None:
        chance = random.Random(2)
        live: dict[str, bytes] = {}

        async def put(size: int) -> str:
            data = chance.randbytes(size)
            key = (await store.put(data)).key
            live[key] = data
            return key

        async def busy() -> None:
            for _ in range(40):
                await put(chance.choice([10, 3_000, 80_000]))
                if len(live) > 20:
                    key = chance.choice(list(live))
                    del live[key]
                    await store.delete(key)

        async def sweeping(snapshot: set[str]) -> int:
            swept = 0
            for _ in range(20):
                swept += await store.sweep(snapshot, older_than=1000)
                await asyncio.sleep(0)
            return swept

        async def main() -> None:
            leftovers = [await put(80_000) for _ in range(5)]
            age(tmp_path, 2000)
            kept = await put(10)
            for key in leftovers:
                del live[key]
            *_, swept = await asyncio.gather(busy(), busy(), sweeping({kept}))
            assert swept == 5
            for key, data in live.items():
                assert await read(store, key) == data

        run(main())


@pytest.mark.recovery
@pytest.mark.parametrize("size", [3_000, 2_000_000])
def test_kill_9_leaves_every_acknowledged_blob_whole_and_nothing_half(tmp_path: Path, size: int) -> None:
    root, chance = tmp_path / "objects", random.Random(size)
    told: dict[str, str] = {}
    for _ in range(4):
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.objects.putter", str(root), str(size)],
            cwd=REPO,
            stdout=subprocess.PIPE,
        )
        assert child.stdout is not None
        lines = [child.stdout.readline() for _ in range(chance.randrange(1, 60))]
        child.kill()
        rest = child.stdout.read()
        child.wait()
        child.stdout.close()
        lines += rest[: rest.rfind(b"\n") + 1].splitlines()
        told.update({line.split()[0].decode(): line.split()[2].decode() for line in lines})

    async def main() -> None:
        store = FileStore(root)
        blobs = root / "blobs"
        assert all(path.stat().st_size == size for path in blobs.glob("??/??/*")), "no half blob is visible"
        await store.sweep(set(told), older_than=-10)
        for key, md5 in told.items():
            assert hashlib.md5(await read(store, key)).hexdigest() == md5
        assert await store.sweep(set(), older_than=-10) == len(told), "what the crash left had gone before"
        assert total(root) == 0
        store.close()

    run(main())


def total(folder: Path) -> int:
    """Bytes in all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def age(folder: Path, seconds: float) -> None:
    """Make all files older by that much than they are."""
    for path in folder.rglob("*"):
        if path.is_file():
            moment = path.stat().st_mtime - seconds
            os.utime(path, (moment, moment))
