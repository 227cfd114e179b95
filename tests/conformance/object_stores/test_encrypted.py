"""What every ObjectStore promises of blobs that are put with keys (clary.objects.api)."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
from pathlib import Path

import pytest

from clary.objects.api import Blob, Damaged, ObjectStore
from tests.conformance.object_stores.blobs import SIZES, parts, read, read_encrypted, run

ONE, TWO = (b"k" * 32,), (b"k" * 32, b"l" * 32)
KEYS = pytest.mark.parametrize("keys", [ONE, TWO], ids=["one layer", "two layers"])


@KEYS
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("how", ["bytes", "iterator"])
def test_what_was_put_is_got(store: ObjectStore, size: int, how: str, keys: tuple[bytes, ...]) -> None:
    data = os.urandom(size)

    async def main() -> None:
        blob = await store.put(data if how == "bytes" else parts(data), keys)
        assert blob == Blob(blob.key, size, hashlib.md5(data).hexdigest())
        assert await read_encrypted(store, blob.key, keys, [size]) == data

    run(main())


def test_nothing_of_it_lies_in_the_clear(store: ObjectStore, tmp_path: Path) -> None:
    async def main() -> None:
        for size in (1_000, 1_000_000):
            blob = await store.put(b"secret" * size, ONE)
            assert b"secret" not in await read(store, blob.key)

    run(main())
    assert not any(b"secret" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


@KEYS
def test_ranges_of_joined_parts(store: ObjectStore, keys: tuple[bytes, ...]) -> None:
    chance = random.Random(5)
    bodies = [chance.randbytes(size) for size in (1_200_000, 65_536, 1, 131_072, 700_001)]
    whole, sizes = b"".join(bodies), [len(body) for body in bodies]
    edges = [
        0,
        1,
        65_535,
        65_536,
        65_537,
        1_199_999,
        1_200_000,
        1_265_535,
        1_265_536,
        1_265_537,
        len(whole) - 1,
    ]
    spans = [(start, length) for start in edges for length in (1, 2, 65_536, 70_000, len(whole) - start)]

    async def main() -> None:
        blobs = [await store.put(body, keys) for body in bodies]
        joined = await store.join([blob.key for blob in blobs])
        for start, length in spans:
            length = min(length, len(whole) - start)
            got = await read_encrypted(store, joined.key, keys, sizes, start, length)
            assert got == whole[start : start + length]

    run(main())


@pytest.mark.parametrize("size", [100, 300_000])
def test_other_keys_and_other_sizes_read_nothing(store: ObjectStore, size: int) -> None:
    async def main() -> None:
        blob = await store.put(b"x" * size, ONE)
        wrong = [
            ((b"m" * 32,), [size]),
            (TWO, [size]),
            (ONE, [size + 1]),
            (ONE, [size - 1]),
            (ONE, [50, size - 50]),
        ]
        for keys, sizes in wrong:
            with pytest.raises(Damaged):
                await read_encrypted(store, blob.key, keys, sizes)

    run(main())


async def collect(store: ObjectStore, key: str, size: int, got: list[bytes]) -> None:
    async for piece in store.decrypted(key, ONE, [size]):
        got.append(piece)


@pytest.mark.parametrize("at", [0, 20, 70_000, 400_000, -1])
def test_a_changed_byte_is_never_given_away(store: ObjectStore, at: int) -> None:
    data = os.urandom(400_100)

    async def main() -> None:
        blob = await store.put(data, ONE)
        path = store.path(blob.key)
        assert path is not None
        with open(path, "r+b") as file:
            content = bytearray(file.read())
            content[at] ^= 1
            file.seek(0)
            file.write(content)
        got: list[bytes] = []
        with pytest.raises(Damaged):
            await collect(store, blob.key, len(data), got)
        assert data.startswith(b"".join(got))

    run(main())


def test_many_at_once(store: ObjectStore) -> None:
    async def one(number: int) -> None:
        data = bytes([number]) * (number * 20_011)
        blob = await store.put(parts(data), ONE)
        assert await read_encrypted(store, blob.key, ONE, [len(data)]) == data

    async def main() -> None:
        await asyncio.gather(*(one(number) for number in range(40)))

    run(main())
