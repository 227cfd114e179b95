"""The manifest of a generated list: files of CSV, and a manifest.json that can be the manifest of another job.

Source: S3ManifestOutputLocation and S3GeneratedManifestDescriptor (API reference). AWS does not say where below the prefix it writes.
"""

from __future__ import annotations

import hashlib
from typing import Any

import orjson

from clary.kernel import AwsError
from clary.plane import Record, Step, World
from clary.services.s3.control.batch import acting, rows
from clary.services.s3.control.batch.errors import JobFailure
from clary.services.s3.inventory import files
from clary.services.s3.inventory.fields import TEXT, Field
from clary.services.s3.replication.rules import bucket_of

Params = dict[str, Any]

_BATCH = 50_000  # lines of a file
# Keys are URL-encoded already, so they are written as they are: the field is not called "Key" here.
_FIELDS = tuple(
    Field(name, name.lower(), TEXT, lambda entry: None) for name in ("Bucket", "EncodedKey", "VersionId")
)


def write(job: Record, world: World, to: Params) -> Step:
    """Write the next file, or the manifest. Raise JobFailure where the role may not."""
    known = job.private.get("output") or {"after": 0, "files": []}
    try:
        with world.platform.store.read() as tx:
            found = list(rows.lines(tx, job.id, known["after"], _BATCH))
        return _file(job, world, to, known, found) if found else _manifest(job, world, to, known["files"])
    except AwsError as error:
        if not error.senders_fault:
            raise
        raise JobFailure("ManifestGenerationFailed", f"{error.code}: {error.message}") from None


def _file(job: Record, world: World, to: Params, known: Params, found: list[rows.Task]) -> Step:
    body = files.write(files.CSV, _FIELDS, [[task.bucket, task.key, task.version] for task in found])
    number = len(known["files"])
    name = hashlib.sha1(f"{job.id}/manifest/{number}".encode(), usedforsecurity=False).hexdigest()
    key = f"{_folder(job, to)}/data/{name}.csv.gz"
    _put(world, to, key, body)
    written = {"key": key, "size": len(body), "MD5checksum": _md5(body)}
    return Step(
        private={"output": {"after": found[-1].number, "files": [*known["files"], written]}}, after=0.0
    )


def _manifest(job: Record, world: World, to: Params, known: list[Params]) -> Step:
    generator = job.spec["ManifestGenerator"]["S3JobManifestGenerator"]
    body = orjson.dumps(
        {
            "sourceBucket": bucket_of(generator["SourceBucket"]),
            "destinationBucket": to["Bucket"],
            "version": "2021-11-30",
            "creationTimestamp": str(int(job.created * 1000)),
            "fileFormat": files.CSV,
            "fileSchema": "Bucket, Key, VersionId",
            "files": known,
        },
        option=orjson.OPT_INDENT_2,
    )
    key = f"{_folder(job, to)}/manifest.json"
    answer = _put(world, to, key, body)
    location = {"ObjectArn": f"{to['Bucket']}/{key}", "ETag": answer["ETag"].strip('"')}
    described = {"Format": to["ManifestFormat"], "Location": location}
    return Step(
        set={"GeneratedManifestDescriptor": described}, private={"output": None}, after=0.0
    )  # fmt: skip


def _folder(job: Record, to: Params) -> str:
    prefix = to.get("ManifestPrefix")
    return f"{prefix}/job-{job.id}" if prefix else f"job-{job.id}"


def _put(world: World, to: Params, key: str, body: bytes) -> Params:
    owner = to.get("ExpectedManifestBucketOwner")
    params = {
        "Bucket": bucket_of(to["Bucket"]),
        "Key": key,
        "Body": body,
        **_encryption(to.get("ManifestEncryption") or {}),
        **({"ExpectedBucketOwner": owner} if owner else {}),
    }
    return acting.call(world, "PutObject", params)


def _encryption(wanted: Params) -> Params:
    if "SSEKMS" in wanted:
        return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": wanted["SSEKMS"]["KeyId"]}
    return {"ServerSideEncryption": "AES256"} if "SSES3" in wanted else {}


def _md5(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()
