"""What the upkeep of bytes writes and asks for, on each kind of store."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from clary.objects.files import FileStore
from clary.plane.outline import Scrubbed
from clary.plane.upkeep import damage, leftovers, passes
from clary.plane.upkeep.damage import Place
from clary.plane.upkeep.garbage import GRACE, Garbage
from clary.plane.upkeep.passes import Pass
from clary.plane.upkeep.report import report
from clary.services import registry
from clary.services.ecr.scrub import layers
from clary.services.ecr.scrub import parts as layer_parts
from clary.services.s3.scrub import parts, versions
from clary.store.api import Store, Tx
from clary.store.schemas import schema_of
from tests.support.stores import Backend

SCHEMAS = {name: schema_of(f"clary.{name}") for name in ("plane", "services.s3", "services.ecr")}
VERSION = Scrubbed("version", "s3_object", ("bucket", "key", "seq"))
PART = Scrubbed("part", "s3_part", ("upload", "", "number"))


@pytest.fixture
def store(backend: Backend) -> Store:
    return backend.again(schemas=SCHEMAS)


def add_version(tx: Tx, key: str, seq: int, place: str = "p") -> None:
    tx.sql(
        "INSERT INTO s3_object (bucket, key, seq, version, marker, latest, size, etag, modified, storage, sum, place,"
        " head, tags, parts, extra, cipher) VALUES ('b', ?, ?, 'null', 0, 1, 5, '', 0, '', '', ?, '', '', '', '', '')",
        key, seq, place,
    )  # fmt: skip


def add_part(tx: Tx, number: int, place: str = "p") -> None:
    tx.sql(
        "INSERT INTO s3_part (upload, number, size, etag, modified, sum, place) VALUES ('u', ?, 5, '', 0, '', ?)",
        number,
        place,
    )


def test_how_far_a_pass_is(store: Store) -> None:
    at = Pass("version", Place("b", "k", -1 << 60), "f1", 2, 1.5, 1 << 40, 7, 0.5, 1 << 41, 8)
    with store.write() as tx:
        assert passes.current(tx, "s3") == Pass()
        passes.keep(tx, "s3", Pass("part"))
        passes.keep(tx, "s3", at)
        passes.keep(tx, "ecr", Pass(ended=3.0))
    with store.read() as tx:
        assert passes.current(tx, "s3") == at
        assert passes.every(tx) == {"ecr": Pass(ended=3.0), "s3": at}


def test_damage_counts_while_the_bytes_are_those_that_were_read(store: Store) -> None:
    with store.write() as tx:
        add_version(tx, "k", -5)
        add_part(tx, 1)
        for kind, place, found in (("version", Place("b", "k", -5), 2.0), ("part", Place("u", "", 1), 1.0)):
            assert damage.note(tx, "s3", kind, place, "p", kind, "gone", found)
            assert not damage.note(tx, "s3", kind, place, "p", kind, "gone", found)
        assert damage.is_there(tx, VERSION, Place("b", "k", -5), "p")
        assert not damage.is_there(tx, VERSION, Place("b", "k", -5), "q")
        assert damage.is_there(tx, PART, Place("u", "", 1), "p")
        assert not damage.is_there(tx, PART, Place("u", "", 2), "p")

    def told() -> tuple[int, list[str]]:
        with store.read() as tx:
            count, found = damage.damaged(tx, registry().outlines, 1)
        return count, [one.name for one in found]

    assert told() == (2, ["part"])
    with store.write() as tx:
        tx.sql("UPDATE s3_part SET place = 'q'")
    assert told() == (1, ["version"])
    with store.write() as tx:
        damage.forget_gone(tx, "s3", (VERSION, PART))
        assert tx.sql("SELECT kind FROM damage") == [("version",)]
        assert not damage.note(tx, "s3", "version", Place("b", "k", -5), "p", "version", "", 3.0)
    assert told() == (0, [])


def test_things_follow_in_the_order_of_their_keys(store: Store) -> None:
    with store.write() as tx:
        for key, seq in (("b", -1), ("a", -2), ("a", -1)):
            add_version(tx, key, seq)
        tx.sql(
            "INSERT INTO s3_upload (bucket, key, id, initiated, initiator, storage, algorithm, sum_type, head, tags, result)"
            " VALUES ('b', 'k', 'u', 0, '', '', '', '', '', '', '')"
        )
        for number in (10, 2):
            add_part(tx, number)
        for digest in ("sha256:b", "sha256:a"):
            tx.sql(
                "INSERT INTO ecr_layer (repository, digest, scope, place, size, sizes, cipher, touched)"
                " VALUES ('r', ?, '', 'p', 1, '[1]', 1, 0)",
                digest,
            )
        tx.sql("INSERT INTO ecr_upload (id, repository, size, touched) VALUES ('u', 'r', 1, 0)")
        for first in (5, 0):
            tx.sql("INSERT INTO ecr_upload_part VALUES ('u', ?, 5, 'p', 1, '')", first)

    def every(kind: Any) -> list[tuple[str, str, int]]:
        found, after = [], Place()
        with store.read() as tx:
            while batch := kind.following(tx, after, 1):
                found += [tuple(item.place) for item in batch]
                after = batch[-1].place
        return found

    assert every(versions) == [("b", "a", -2), ("b", "a", -1), ("b", "b", -1)]
    assert every(parts) == [("u", "", 2), ("u", "", 10)]
    assert every(layers) == [("r", "sha256:a", 0), ("r", "sha256:b", 0)]
    assert every(layer_parts) == [("u", "", 0), ("u", "", 5)]


@pytest.fixture
def platform(store: Store, tmp_path: Any) -> Any:
    """What a sweep uses of a platform."""
    objects = FileStore(tmp_path / "objects")
    yield SimpleNamespace(
        store=store,
        objects=objects,
        registry=registry(),
        extras={},
        clock=SimpleNamespace(now=lambda: 1_000_000.0),
    )
    objects.close()


def test_garbage_goes_when_no_row_names_it_and_its_grace_is_over(store: Store, platform: Any) -> None:
    garbage = Garbage("s3", "s3_object.place", "s3_part.place")
    now = platform.clock.now()
    with store.write() as tx:
        add_version(tx, "k", 1, "named")
        garbage.let_go(tx, ["old", "again", "named"], now - GRACE - 1)
        garbage.let_go(tx, ["again", "young"], now)
    assert asyncio.run(garbage.delete_due(platform)) == 1
    with store.read() as tx:
        assert sorted(tx.sql("SELECT place FROM s3_garbage")) == [("again",), ("young",)]


def test_the_look_at_every_blob_is_due_once_a_day(
    store: Store, platform: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def sweep() -> tuple[bool, int, bool]:
        return (
            await leftovers.is_due(platform),
            await leftovers.sweep_leftovers(platform),
            await leftovers.is_due(platform),
        )

    monkeypatch.setattr(leftovers, "LEFTOVER_AGE", -1.0)
    asyncio.run(platform.objects.put(b"x" * 100_000))
    monkeypatch.setattr(leftovers, "named", lambda *_: iter(()))
    assert asyncio.run(sweep()) == (True, 1, False)
    monkeypatch.setattr(platform.clock, "now", lambda: 1_000_000.0 + 24 * 3600)
    asyncio.run(platform.objects.put(b"x" * 100_000))
    assert asyncio.run(sweep()) == (True, 1, False)
    with store.read() as tx:
        told = report(tx, registry().outlines)
    assert told["leftovers"] == {"at": "1970-01-13T13:46:40Z", "deleted": 1, "total": 2}
