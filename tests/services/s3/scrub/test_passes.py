"""A pass gets to its end: past what cannot be read, past large objects, and after each stop where it was."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Callable
from concurrent.futures import CancelledError
from typing import Any

import pytest

from clary.kernel import FakeClock
from clary.kernel.sealing import NoSealingKey
from clary.objects import files
from clary.plane import Platform
from clary.plane.upkeep import leftovers, passes, scrub
from clary.plane.upkeep.passes import Pass
from clary.plane.upkeep.reading import CHANGED, Pacer
from clary.services.s3.encryption.service_keys import service_keys
from clary.services.s3.scrub import work
from clary.services.s3.service import s3
from clary.services.s3.sweep import keep_swept
from tests.inprocess import Loop
from tests.services.s3.scrub.conftest import Multipart, Scrubbed, place_of
from tests.support.scrubbing import FAST

WEEK = 7 * 86400.0
Flip = Callable[[str, int], None]


class Stop(Pacer):
    """Stops the platform after so many bytes."""

    def __init__(self, after: int) -> None:
        super().__init__(FAST)
        self._left = after

    async def __call__(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise asyncio.CancelledError


@pytest.fixture
def some(platform: Platform, loop: Loop) -> Callable[..., bool]:
    return lambda pace=None: loop.run(work.scrub.some(platform, pace or Pacer(FAST)))


@pytest.fixture
def at(platform: Platform) -> Callable[[], Pass]:
    """How far the pass is, as another process would see it."""

    def read() -> Pass:
        with platform.store.read() as tx:
            return passes.current(tx, "s3")

    return read


@pytest.fixture
def failing(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, int], None]:
    """Let the disk fail where the bytes of an object lie."""

    def fail(key: str, number: int) -> None:
        path = platform.objects.path(place_of(platform, key))
        assert path
        bad, real = os.stat(path).st_ino, files._read

        def read(file: Any, length: int, start: int) -> bytes:
            if os.fstat(file.fd).st_ino == bad:
                raise OSError(number, os.strerror(number))
            return real(file, length, start)

        monkeypatch.setattr(files, "_read", read)

    return fail


@pytest.fixture
def two(s3: Any, bucket: str, flip: Flip) -> None:
    """`a`, and `b`, which is damaged."""
    for key in ("a", "b"):
        s3.put_object(Bucket=bucket, Key=key, Body=os.urandom(300_000))
    flip("b", 5)


@pytest.mark.usefixtures("clear", "two")
def test_a_sector_that_cannot_be_read_does_not_stop_the_pass(
    scrubbed: Scrubbed, failing: Callable[[str, int], None]
) -> None:
    failing("a", errno.EIO)
    assert scrubbed() == {"a": "the bytes cannot be read (Input/output error)", "b": CHANGED}


@pytest.mark.usefixtures("clear", "two")
@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOMEM])
def test_what_is_wrong_with_the_machine_ends_the_pass_where_it_is(
    s3: Any,
    bucket: str,
    number: int,
    some: Callable[..., bool],
    at: Callable[[], Pass],
    scrubbed: Scrubbed,
    failing: Callable[[str, int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    failing("b", number)
    with pytest.raises(OSError, match=os.strerror(number)):
        some()
    assert at().after[:2] == (bucket, "a")
    monkeypatch.undo()
    assert scrubbed() == {"b": CHANGED}


@pytest.mark.usefixtures("two")
def test_a_sealing_key_that_is_not_there_now_is_no_damage(
    some: Callable[..., bool], scrubbed: Scrubbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(*_: Any) -> bytes:
        raise NoSealingKey("the command that prints it has failed")

    monkeypatch.setattr(service_keys, "opened", gone)
    with pytest.raises(NoSealingKey):
        some()
    monkeypatch.undo()
    assert scrubbed() == {"b": CHANGED}


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    ("column", "value", "why"),
    [
        ("cipher", "AES256 99", "the key 99 of S3, under which they lie, is not there"),
        ("cipher", "{}}", "JSONDecodeError"),
        ("cipher", '{"strange": 1}', "TypeError"),
        ("parts", "[1]", "TypeError"),
        ("sum", "CRC9 FULL_OBJECT AAAA", "LookupError"),
    ],
)
def test_a_row_that_says_nonsense_does_not_stop_the_pass(
    platform: Platform, scrubbed: Scrubbed, column: str, value: str, why: str
) -> None:
    with platform.store.write() as tx:
        tx.sql(f"UPDATE s3_object SET {column} = ? WHERE key = 'a'", value)
    found = scrubbed()
    assert found["a"].startswith(f"the bytes cannot be read ({why}")
    assert found["b"] == CHANGED


def test_a_stop_in_the_middle_of_a_batch_keeps_its_place(
    s3: Any, bucket: str, some: Callable[..., bool], at: Callable[[], Pass]
) -> None:
    for number in range(4):
        s3.put_object(Bucket=bucket, Key=f"k{number}", Body=os.urandom(300_000))
    with pytest.raises(CancelledError):
        some(Stop(700_000))
    assert at().after.second == "k1"


def test_a_kill_loses_little(
    s3: Any,
    bucket: str,
    platform: Platform,
    loop: Loop,
    at: Callable[[], Pass],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A killed process keeps nothing at its end, so what it has read is written down on the way."""
    monkeypatch.setattr(scrub, "_KEEP", 500_000)
    seen = []

    async def look(size: int) -> None:
        seen.append(at().after.second)

    for number in range(6):
        s3.put_object(Bucket=bucket, Key=f"k{number}", Body=os.urandom(300_000))
    loop.run(work.scrub.some(platform, look))
    assert list(dict.fromkeys(seen)) == ["", "k1", "k3"]


def test_a_large_upload_goes_on_with_the_part_that_was_interrupted(
    multipart: Multipart, some: Callable[..., bool], at: Callable[[], Pass], scrubbed: Scrubbed, flip: Flip
) -> None:
    multipart("large")
    with pytest.raises(CancelledError):
        some(Stop((5 << 20) + 1))
    assert (at().part, at().after.second) == (1, "")
    flip("large", 1000)  # in the part that is not read again
    assert scrubbed() == {}


def test_an_object_that_was_replaced_meanwhile_is_read_from_its_beginning(
    multipart: Multipart, some: Callable[..., bool], at: Callable[[], Pass], scrubbed: Scrubbed, flip: Flip
) -> None:
    multipart("large")
    with pytest.raises(CancelledError):
        some(Stop((5 << 20) + 1))
    multipart("large")
    flip("large", 1000)
    assert scrubbed() == {"large": CHANGED}


def test_a_pass_goes_on_where_it_was_and_the_next_begins_after_a_week(
    s3: Any,
    bucket: str,
    clock: FakeClock,
    some: Callable[..., bool],
    at: Callable[[], Pass],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scrub, "_BATCH", 2)
    for number in range(5):
        s3.put_object(Bucket=bucket, Key=f"k{number}", Body=os.urandom(100))
    assert some()
    assert at().after[:2] == (bucket, "k1")
    assert some()  # as another process would, after a kill
    assert some()
    assert at().kind == "part"
    assert not some()
    first = at()
    assert (first.kind, first.things, first.last_things, first.last_bytes) == ("", 5, 5, 500)
    clock.advance(WEEK - 1)
    assert not some()
    assert at() == first
    clock.advance(1)
    assert some()
    assert (at().things, at().last_things) == (2, 5)


@pytest.mark.usefixtures("two")
def test_the_gateway_keeps_scrubbing_and_sweeping(
    platform: Platform,
    loop: Loop,
    at: Callable[[], Pass],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The work that S3 has registered, for one gateway alone; what fails is logged, and tried again."""
    for module, name in ((scrub, "_FIRST"), (scrub, "_PAUSE"), (scrub, "_LOOK"), (leftovers, "_SWEEP")):
        monkeypatch.setattr(module, name, 0.001)
    real, failures = scrub.Scrub.some, [OSError(errno.EMFILE, "Too many open files")]

    async def some(self: scrub.Scrub, *args: Any) -> bool:
        if failures:
            raise failures.pop()
        return await real(self, *args)

    monkeypatch.setattr(scrub.Scrub, "some", some)
    assert {s3.background_work[work.scrub.keep_going], s3.background_work[keep_swept]} == {True}

    async def run() -> None:
        tasks = [asyncio.create_task(one(platform)) for one in (work.scrub.keep_going, keep_swept)]
        while not at().ended or await leftovers.is_due(platform):
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    loop.run(run())
    assert "The scrub has failed; trying again in an hour" in caplog.text
    assert f"b, version null: {CHANGED}" in caplog.text
