"""The completion report: files of CSV, a line for each task, and a manifest.json that names them.

Source: "Examples: S3 Batch Operations completion reports"
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-examples-reports.html). Its lines have the HTTP status before the error code,
as those have that AWS writes, though the ReportSchema that it writes beside them says it the other way round.

A file's name follows from the job and its number, and how far the report is written is in the record. So a step that is repeated
writes the same file again, and each task has one line.
"""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import UTC, datetime
from typing import Any

import orjson

from clary.plane import Record, Step, World
from clary.services.s3.control.batch import acting, rows
from clary.services.s3.control.batch.rows import FAILED, SUCCEEDED, Outcome, Task
from clary.services.s3.replication.rules import bucket_of

Params = dict[str, Any]

LINES = 20_000  # of one file
_SCHEMA = "Bucket, Key, VersionId, TaskStatus, ErrorCode, HTTPStatusCode, ResultMessage"


def write(job: Record, world: World) -> Step | None:
    """Write the next file of the report, or its manifest; return None when all is written, or there is nothing to write."""
    wanted = job.spec["Report"]
    known = job.private.get("report") or {"of": _first(wanted), "after": 0, "files": []}
    if not wanted["Enabled"] or known["of"] is None:
        return None
    with world.platform.store.read() as tx:
        if not rows.progress(tx, job.id).done:
            return None
        found = rows.settled(tx, job.id, known["of"], known["after"], LINES)
    if found:
        return _next(known, [*known["files"], _file(job, world, known, found)], found[-1][0].number)
    if known["of"] == SUCCEEDED:
        return Step(private={"report": {**known, "of": FAILED, "after": 0}}, after=0.0)
    _manifest(job, world, known["files"])
    return Step(private={"report": {**known, "of": None}}, after=0.0)


def _first(wanted: Params) -> str:
    return SUCCEEDED if wanted.get("ReportScope") == "AllTasks" else FAILED


def _next(known: Params, files: list[Params], after: int) -> Step:
    return Step(private={"report": {**known, "after": after, "files": files}}, after=0.0)


def _file(job: Record, world: World, known: Params, found: list[tuple[Task, Outcome]]) -> Params:
    """Write a file and return what the manifest says of it."""
    body, number = csv_of(found), len(known["files"])
    name = hashlib.sha1(f"{job.id}/{number}".encode(), usedforsecurity=False).hexdigest()
    key = f"{_folder(job)}/results/{name}.csv"
    _put(job, world, key, body)
    return {
        "TaskExecutionStatus": known["of"],
        "Bucket": bucket_of(job.spec["Report"]["Bucket"]),
        "MD5Checksum": _md5(body),
        "Key": key,
    }


def csv_of(found: list[tuple[Task, Outcome]]) -> bytes:
    """Return lines without a header. Keys are as the manifest writes them."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for task, outcome in found:
        named = (task.bucket, task.key, task.version or "")
        writer.writerow((*named, outcome.status, outcome.http, outcome.code, outcome.message))
    return out.getvalue().encode()


def _manifest(job: Record, world: World, files: list[Params]) -> None:
    at = datetime.fromtimestamp(world.now, UTC)
    body = orjson.dumps(
        {
            "Format": job.spec["Report"]["Format"],
            "ReportCreationDate": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z",
            "Results": files,
            "ReportSchema": _SCHEMA,
        }
    )
    _put(job, world, f"{_folder(job)}/manifest.json", body)
    _put(job, world, f"{_folder(job)}/manifest.json.md5", _md5(body).encode())


def _folder(job: Record) -> str:
    prefix = job.spec["Report"].get("Prefix")
    return f"{prefix}/job-{job.id}" if prefix else f"job-{job.id}"


def _put(job: Record, world: World, key: str, body: bytes) -> None:
    """ "Completion reports are always encrypted with Amazon S3 managed keys (SSE-S3)"."""
    wanted = job.spec["Report"]
    owner = wanted.get("ExpectedBucketOwner")
    params = {
        "Bucket": bucket_of(wanted["Bucket"]),
        "Key": key,
        "Body": body,
        "ServerSideEncryption": "AES256",
        **({"ExpectedBucketOwner": owner} if owner else {}),
    }
    acting.call(world, "PutObject", params)


def _md5(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()
