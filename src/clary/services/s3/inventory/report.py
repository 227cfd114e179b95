"""Write the reports of an inventory: a file for each fifty thousand versions, then the manifests.

How far a report got is in its record, and a file's name follows from it, so that a step that is repeated writes the same
object again. The list is "eventually consistent" on AWS as well: what is written meanwhile may or may not be in it.
"""

from __future__ import annotations

import hashlib
import logging
import uuid
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import orjson

from clary.kernel import AwsError, Caller
from clary.plane import Record, Step, World
from clary.services.s3 import named_configurations
from clary.services.s3.bucket_rows import Bucket, find_bucket
from clary.services.s3.inventory import files
from clary.services.s3.inventory.configuration import KIND
from clary.services.s3.inventory.fields import Entry, Field, chosen
from clary.services.s3.inventory.schedule import REPORT, next_after
from clary.services.s3.lifecycle.configuration import rules_in_force
from clary.services.s3.object_rows import Row
from clary.services.s3.replication.rules import bucket_of
from clary.services.s3.service import s3
from clary.services.s3.tiering import tiers
from clary.store.api import Tx

log = logging.getLogger("clary.s3")

Params = dict[str, Any]

BATCH = 50_000  # versions in one file
# All of a row but its bytes, and whether it is the newest.
_COLUMNS = "key, seq, version, marker, size, etag, modified, storage, sum, '', head, tags, '', NULL, extra, cipher, latest"
_VERSION = "2016-11-30"  # of the manifest's form


@s3.controller(REPORT)
def write_report(record: Record, world: World) -> Step:
    """Write the next file of a report, or its manifests, and wait for the next report."""
    with world.platform.store.read() as tx:
        bucket = find_bucket(tx, record.id.partition("/")[0])
        wanted = _configuration(tx, bucket, record)
        if bucket is None or wanted is None:
            return Step(delete=True)
        began = record.private.get("began") or world.business.now
        after = record.private.get("after")
        rows = _rows(tx, bucket, wanted, after)
        values = _values(tx, bucket, wanted, rows, world)
    try:
        return _written(record, world, bucket, wanted, began, rows, values)
    except AwsError as error:
        log.warning("The inventory %s of %s could not be written: %s", wanted["Id"], bucket.name, error)
        return _rest(wanted, world)


def _configuration(tx: Tx, bucket: Bucket | None, record: Record) -> Params | None:
    if bucket is None or record.scope != f"{bucket.owner}/{bucket.region}":
        return None
    id = record.id.partition("/")[2]
    every = named_configurations.every(tx, bucket.name, KIND)
    return next((one for one in every if one["Id"] == id and one["IsEnabled"]), None)


def _rows(tx: Tx, bucket: Bucket, wanted: Params, after: list[Any] | None) -> list[tuple[Any, ...]]:
    """Return the next versions, and one more if there are more."""
    prefix = (wanted.get("Filter") or {}).get("Prefix") or ""
    which = "" if wanted["IncludedObjectVersions"] == "All" else " AND latest = 1 AND marker = 0"
    select = f"SELECT {_COLUMNS} FROM s3_object WHERE bucket = ?"
    found: list[tuple[Any, ...]] = []
    if after is not None:
        where = f"{select} AND key = ? AND seq > ?{which} ORDER BY seq LIMIT ?"
        found = tx.sql(where, bucket.name, after[0], after[1], BATCH + 1)
    start, compares = (prefix, ">=") if after is None else (after[0], ">")
    found = found + tx.sql(
        f"{select} AND key {compares} ?{which} ORDER BY key, seq LIMIT ?",
        bucket.name,
        start,
        BATCH + 1 - len(found),
    )
    return [row for row in found if row[0].startswith(prefix)]


def _values(
    tx: Tx, bucket: Bucket, wanted: Params, rows: list[tuple[Any, ...]], world: World
) -> list[list[Any]]:
    fields, rules, tierings = _fields(wanted), rules_in_force(tx, bucket), tiers.in_force(tx, bucket)
    entries = (
        Entry(bucket, Row._make(row[:-1]), bool(row[-1]), rules, world.business, tierings)
        for row in rows[:BATCH]
    )
    return [[field.value(entry) for field in fields] for entry in entries]


def _fields(wanted: Params) -> tuple[Field, ...]:
    return chosen(wanted.get("OptionalFields") or [], versions=wanted["IncludedObjectVersions"] == "All")


def _written(
    record: Record,
    world: World,
    bucket: Bucket,
    wanted: Params,
    began: float,
    rows: list[tuple[Any, ...]],
    values: list[list[Any]],
) -> Step:
    known = record.private.get("files") or []
    if values or not known:
        known = [*known, _write_file(world, bucket, wanted, began, len(known), values)]
    if len(rows) > BATCH:
        last = rows[BATCH - 1]
        return Step(private={"began": began, "after": [last[0], last[1]], "files": known}, after=0.0)
    _write_manifests(world, bucket, wanted, began, known)
    return _rest(wanted, world)


def _rest(wanted: Params, world: World) -> Step:
    due = next_after(wanted["Schedule"]["Frequency"], world.business.now)
    return Step(private={"began": None, "after": None, "files": None}, until=due)


def _write_file(
    world: World, bucket: Bucket, wanted: Params, began: float, number: int, values: list[list[Any]]
) -> Params:
    """Write one file and return what the manifest says of it."""
    form = _to(wanted)["Format"]
    body = files.write(form, _fields(wanted), values)
    name = uuid.uuid5(uuid.NAMESPACE_URL, f"{bucket.name}/{wanted['Id']}/{began}/{number}")
    key = f"{_folder(bucket, wanted)}/data/{name}.{files.ENDINGS[form]}"
    _put(world, bucket, wanted, key, body)
    digest = hashlib.md5(body, usedforsecurity=False).hexdigest()
    return {"key": key, "size": len(body), "MD5checksum": digest}


def _write_manifests(world: World, bucket: Bucket, wanted: Params, began: float, known: list[Params]) -> None:
    at, folder, to = datetime.fromtimestamp(began, UTC), _folder(bucket, wanted), _to(wanted)
    manifest = orjson.dumps(
        {
            "sourceBucket": bucket.name,
            "destinationBucket": to["Bucket"],
            "version": _VERSION,
            "creationTimestamp": str(int(began * 1000)),
            "fileFormat": to["Format"],
            "fileSchema": files.schema_of(to["Format"], _fields(wanted)),
            "files": known,
        },
        option=orjson.OPT_INDENT_2,
    )
    links = "\n".join(f"s3://{bucket_of(to['Bucket'])}/{one['key']}" for one in known)
    _put(world, bucket, wanted, f"{folder}/hive/dt={at:%Y-%m-%d-%H-%M}/symlink.txt", links.encode())
    digest = hashlib.md5(manifest, usedforsecurity=False).hexdigest()
    _put(world, bucket, wanted, f"{folder}/{at:%Y-%m-%dT%H-%MZ}/manifest.json", manifest)
    _put(world, bucket, wanted, f"{folder}/{at:%Y-%m-%dT%H-%MZ}/manifest.checksum", digest.encode())


def _to(wanted: Params) -> Params:
    return wanted["Destination"]["S3BucketDestination"]


def _folder(bucket: Bucket, wanted: Params) -> str:
    prefix = _to(wanted).get("Prefix") or ""
    return f"{prefix}/{bucket.name}/{wanted['Id']}" if prefix else f"{bucket.name}/{wanted['Id']}"


def _put(world: World, bucket: Bucket, wanted: Params, key: str, body: bytes) -> None:
    """Write an object as S3 itself, which the policy of the target must let in."""
    arn = f"arn:{world.platform.settings.partition}:s3:::{bucket.name}"
    to = _to(wanted)
    params = {
        "Bucket": bucket_of(to["Bucket"]),
        "Key": key,
        "Body": body,
        "ACL": "bucket-owner-full-control",
        "ContentMD5": b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode(),
        **_encryption(to.get("Encryption") or {}),
        **({"ExpectedBucketOwner": to["AccountId"]} if to.get("AccountId") else {}),
    }
    caller = Caller.of_service(s3.principal, bucket.owner, arn)
    world.platform.perform("s3", "PutObject", params, caller, bucket.region)


def _encryption(wanted: Params) -> Params:
    if "SSEKMS" in wanted:
        return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": wanted["SSEKMS"]["KeyId"]}
    return {"ServerSideEncryption": "AES256"} if "SSES3" in wanted else {}
