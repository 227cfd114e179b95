"""What every ObjectStore promises of blobs that are put, read and joined (clary.objects.api)."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from clary.objects.api import Blob, Missing, ObjectStore
from tests.conformance.object_stores.blobs import SIZES, missing, parts, read, run, total


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
