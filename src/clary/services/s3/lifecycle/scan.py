"""Carry out the rules of a bucket: look at a thousand versions at a time, then at uploads, once in a day of business time.

How far a scan got is in its record, so it goes on there when a process dies. Whatever is done to a version is done if it
still is as it was read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from clary.plane import Record, Step, World
from clary.services.s3.bucket_rows import Bucket, find_bucket
from clary.services.s3.lifecycle import actions, decisions
from clary.services.s3.lifecycle.configuration import rules_in_force
from clary.services.s3.lifecycle.decisions import Version
from clary.services.s3.lifecycle.rules import Rule, Subject, midnight_after
from clary.services.s3.lifecycle.schedule import SCAN
from clary.services.s3.service import s3
from clary.services.s3.version_pages import versions_after
from clary.store.api import Tx

_BATCH = 1000
_COLUMNS = "key, seq, marker, size, modified, storage, tags"
_UPLOADS = "uploads"  # what the record says when all versions were looked at


class Cursor(NamedTuple):
    """The last version that was looked at, how many noncurrent ones of its key there were up to it, and when it was
    written."""

    key: str = ""
    seq: int = 0
    noncurrent: int = -1
    modified: int = 0


@s3.controller(SCAN)
def scan(record: Record, world: World) -> Step:
    """Look at the next versions or uploads, and decide what becomes of them."""
    with world.platform.store.read() as tx:
        bucket = find_bucket(tx, record.id)
        if bucket is None:
            return Step(delete=True)
        rules = rules_in_force(tx, bucket)
        if record.private.get("phase") == _UPLOADS:
            return _look_at_uploads(tx, world, bucket, rules, record.private.get("after") or ["", ""])
        return _look_at_versions(tx, world, bucket, rules, Cursor(*record.private.get("after") or ()))


def _look_at_versions(tx: Tx, world: World, bucket: Bucket, rules: tuple[Rule, ...], cursor: Cursor) -> Step:
    rows = _versions(tx, bucket.name, cursor) if rules else []
    found = [
        actions.Action(row[0], row[1], decision, version.current, version.subject.storage)
        for row, version in _read(rows, cursor)
        if (
            decision := decisions.decide(rules, version, world.business.now, world.business.timeline.business)
        )
    ]
    writes = (actions.on_versions(world, bucket, found),) if found else ()
    if len(rows) <= _BATCH:
        return Step(private={"phase": _UPLOADS, "after": None}, after=0.0, writes=writes)
    return Step(private={"after": list(_last(rows[:_BATCH], cursor))}, after=0.0, writes=writes)


def _versions(tx: Tx, bucket: str, cursor: Cursor) -> list[tuple[Any, ...]]:
    """Return the next thousand versions, and one more if there are more."""
    return versions_after(tx, _COLUMNS, bucket, cursor.key, cursor.seq, _BATCH + 1)


def _read(rows: list[tuple[Any, ...]], cursor: Cursor) -> Iterator[tuple[tuple[Any, ...], Version]]:
    """Yield each of the first thousand rows with the version that it is."""
    for place, row in enumerate(rows[:_BATCH]):
        key, seq, marker, size, modified, storage, tags = row
        follows = key == cursor.key and cursor.noncurrent >= 0
        noncurrent = cursor.noncurrent + 1 if follows else 0
        after = rows[place + 1] if place + 1 < len(rows) else None
        yield (
            row,
            Version(
                subject=Subject(key, size, orjson.loads(tags) if tags else {}, storage),
                modified=modified,
                marker=bool(marker),
                current=not follows,
                newer=max(0, noncurrent - 1),
                replaced=cursor.modified,
                alone=not follows and (after is None or after[0] != key),
            ),
        )
        cursor = Cursor(key, seq, noncurrent, modified)


def _last(rows: list[tuple[Any, ...]], cursor: Cursor) -> Cursor:
    for key, seq, _, _, modified, _, _ in rows:
        follows = key == cursor.key and cursor.noncurrent >= 0
        cursor = Cursor(key, seq, cursor.noncurrent + 1 if follows else 0, modified)
    return cursor


def _look_at_uploads(tx: Tx, world: World, bucket: Bucket, rules: tuple[Rule, ...], after: list[str]) -> Step:
    rows = tx.sql(
        "SELECT key, id, initiated FROM s3_upload WHERE bucket = ? AND result = '' AND (key > ? OR (key = ? AND id > ?))"
        " ORDER BY key, id LIMIT ?",
        bucket.name, after[0], after[0], after[1], _BATCH,
    )  # fmt: skip
    business = world.business
    stale = [
        (key, id)
        for key, id, initiated in rows
        if decisions.is_stale(rules, key, business.timeline.business(initiated), business.now)
    ]
    writes = (actions.on_uploads(world, bucket, stale),) if stale else ()
    if len(rows) == _BATCH:
        return Step(private={"after": [rows[-1][0], rows[-1][1]]}, after=0.0, writes=writes)
    tomorrow = midnight_after(business.now + 1)
    return Step(private={"phase": None, "after": None}, until=tomorrow, writes=writes)
