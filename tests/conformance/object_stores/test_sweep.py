"""What every ObjectStore promises of what is swept away, and of what a kill leaves."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from clary.objects.api import ObjectStore
from clary.objects.files import FileStore
from tests.conformance.object_stores.blobs import missing, read, run, total

REPO = Path(__file__).parents[3]


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


def age(folder: Path, seconds: float) -> None:
    """Make all files older by that much than they are."""
    for path in folder.rglob("*"):
        if path.is_file():
            moment = path.stat().st_mtime - seconds
            os.utime(path, (moment, moment))
