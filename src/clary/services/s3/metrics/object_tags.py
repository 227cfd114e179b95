"""The tags of the objects that requests are about, where a filter names tags: they are read a few seconds after the requests.

An object that was deleted before has none.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import orjson

from clary.services.s3 import upload_rows
from clary.store.api import Tx

Tags = dict[str, str]


class Subject(NamedTuple):
    """An object (`version` '' for the newest), or an upload."""

    bucket: str
    key: str
    version: str = ""
    upload: str = ""


def tags_of(tx: Tx, subjects: Iterable[Subject]) -> dict[Subject, Tags]:
    """Return the tags of each subject; those that are not there have none."""
    return {subject: orjson.loads(text) if (text := _text(tx, subject)) else {} for subject in subjects}


def _text(tx: Tx, subject: Subject) -> str:
    if subject.upload:
        upload = upload_rows.find(tx, subject.bucket, subject.key, subject.upload)
        return upload.tags if upload else ""
    where, given = "bucket = ? AND key = ?", [subject.bucket, subject.key]
    if subject.version:
        where, given = f"{where} AND version = ?", [*given, subject.version]
    rows = tx.sql(f"SELECT tags FROM s3_object WHERE {where} ORDER BY seq LIMIT 1", *given)
    return rows[0][0] if rows else ""
