"""Manifests that a user has: a CSV file, and the manifest of an inventory report.

Sources: JobManifestSpec (API reference), "Specifying a manifest" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-create-job.html),
"Inventory manifest" (https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html).

What is read in one step is written under numbers that follow from the manifest, so that a step that is repeated writes nothing twice.
"""

from __future__ import annotations

import csv
import hashlib
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

import orjson

from clary.plane import World
from clary.services.s3.control.batch import reading, rows
from clary.services.s3.control.batch.errors import JobFailure
from clary.services.s3.control.batch.noun import operation_of
from clary.services.s3.control.batch.reading import Place, unreadable
from clary.services.s3.control.batch.rows import Line

Params = dict[str, Any]

_TOGETHER = 2000  # tasks that are written in one transaction
_PIECES = 8  # of a CSV manifest in one step
_LARGEST = 32 << 20  # bytes of an inventory's manifest.json
_KMS = "aws:kms"


class Read(NamedTuple):
    """How far a manifest was read: `at` is an offset in a CSV file, or how many files of an inventory."""

    at: int
    number: int
    is_whole: bool


def read_csv(world: World, manifest: Params, at: int, number: int) -> Read:
    """Read the next pieces of a CSV file. Raise JobFailure for one that cannot be read."""
    place, fields = reading.place_of(manifest["Location"]), manifest["Spec"]["Fields"]
    for _ in range(_PIECES):
        found = reading.piece(world, place, at)
        if found.encryption.startswith(_KMS):
            raise JobFailure(
                "InvalidManifest", "A manifest in CSV must not be encrypted by a key of AWS KMS."
            )
        ends = len(found.body) if found.is_last else found.body.rfind(b"\n") + 1
        if not ends and not found.is_last:
            raise unreadable()
        number = _write(world, number, rows_of(reading.lines([found.body[:ends]]), fields))
        at += ends
        if found.is_last:
            return Read(at, number, True)
    return Read(at, number, False)


def read_inventory(world: World, manifest: Params, at: int, number: int) -> Read:
    """Read the next file of an inventory report."""
    place = reading.place_of(manifest["Location"])
    said = parse_inventory(reading.whole(world, place, _LARGEST))
    if at >= len(said["files"]):
        return Read(at, number, True)
    fields = [_FIELDS.get(name.strip(), "Ignore") for name in said["fileSchema"].split(",")]
    file, bucket = said["files"][at], said["destinationBucket"].rpartition(":")[2]
    digest = hashlib.md5(usedforsecurity=False)
    parts = _digested(reading.pieces(world, Place(bucket, file["key"])), digest)
    try:
        number = _write(world, number, rows_of(reading.lines(reading.gunzipped(parts)), fields))
    except zlib.error:
        raise unreadable() from None
    if file.get("MD5checksum") and digest.hexdigest() != file["MD5checksum"]:
        raise JobFailure(
            "InvalidManifestContent", f"The MD5 of {file['key']} is not that of the manifest."[:256]
        )
    return Read(at + 1, number, at + 1 == len(said["files"]))


_FIELDS = {"Bucket": "Bucket", "Key": "Key", "VersionId": "VersionId"}


def parse_inventory(text: bytes) -> Params:
    """Return a manifest.json. Raise JobFailure for one that is not of an inventory in CSV."""
    try:
        said = orjson.loads(text)
        names = [file["key"] for file in said["files"]]
        fields = said["fileSchema"].split(",")
        known = said["fileFormat"] == "CSV" and all(isinstance(name, str) for name in names)
        known = known and isinstance(said["destinationBucket"], str)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise unreadable() from None
    if not known or not {"Bucket", "Key"} <= {name.strip() for name in fields}:
        raise JobFailure("InvalidManifest", "The inventory report must be in CSV, with Bucket and Key.")
    return said


def _digested(parts: Iterable[bytes], digest: Any) -> Iterator[bytes]:
    for part in parts:
        digest.update(part)
        yield part


def rows_of(text: Iterable[str], fields: Sequence[str]) -> Iterator[Line]:
    """Yield the lines of CSV. Raise JobFailure for a line that has not these fields."""
    places = {name: place for place, name in enumerate(fields)}
    version = places.get("VersionId")
    try:
        for row in csv.reader(text, strict=True):
            if not row:
                continue
            if len(row) != len(fields) or not row[places["Bucket"]] or not row[places["Key"]]:
                raise unreadable()
            yield Line(row[places["Bucket"]], row[places["Key"]], None if version is None else row[version])
    except csv.Error:
        raise unreadable() from None


def _write(world: World, number: int, found: Iterator[Line]) -> int:
    """Write tasks, and return the number of the next one."""
    alone = operation_of(world.record) == "S3PutObjectCopy"
    while some := list(islice(found, _TOGETHER)):
        if alone and any(line.bucket != some[0].bucket for line in some):
            raise JobFailure("InvalidManifest", "All source objects of a copy must be in one bucket.")
        add(world, number, some)
        number += len(some)
    return number


def add(world: World, number: int, found: list[Line]) -> None:
    with world.platform.transaction(write=True) as unit:
        rows.add(unit.tx, world.record.id, number, found)
