"""Rows of multipart uploads and of their parts. Knows no request and no bytes."""

from __future__ import annotations

from typing import NamedTuple

from clary.services.s3 import errors, object_rows
from clary.store.api import Tx

_UPLOAD = (
    "bucket, key, id, initiated, initiator, storage, algorithm, sum_type, head, tags, result, extra, cipher"
)
_PART = "number, size, etag, modified, sum, place"


class Upload(NamedTuple):
    """A multipart upload.

    `algorithm` and `sum_type` are '' if the request named none. `result` is the JSON of the answer, once
    completed; `extra` (object_extras.py) and `cipher` (encryption/cipher.py)
    are for the object that it makes. `initiated` is in whole seconds since the epoch.
    """

    bucket: str
    key: str
    id: str
    initiated: int
    initiator: str
    storage: str
    algorithm: str
    sum_type: str
    head: str
    tags: str
    result: str
    extra: str = ""
    cipher: str = ""


class Part(NamedTuple):
    """A part of an upload. `sum` is 'ALGORITHM TYPE VALUE' with the upload's algorithm."""

    number: int
    size: int
    etag: str
    modified: int
    sum: str
    blob: str

    @property
    def sum_value(self) -> str:
        return self.sum.rsplit(" ", 1)[-1]


def add(tx: Tx, upload: Upload) -> None:
    marks = ",".join("?" * len(upload))
    tx.sql(f"INSERT INTO s3_upload ({_UPLOAD}) VALUES ({marks})", *upload)


def find(tx: Tx, bucket: str, key: str, upload_id: str) -> Upload | None:
    """Return an upload, in progress or completed, or None."""
    rows = tx.sql(
        f"SELECT {_UPLOAD} FROM s3_upload WHERE bucket = ? AND key = ? AND id = ?", bucket, key, upload_id
    )
    return Upload._make(rows[0]) if rows else None


def load(tx: Tx, bucket: str, key: str, upload_id: str) -> Upload:
    """Return an upload in progress. Raise NoSuchUpload."""
    upload = find(tx, bucket, key, upload_id)
    if upload is None or upload.result:
        raise errors.no_such_upload(upload_id)
    return upload


def parts(tx: Tx, upload_id: str, after: int = 0, limit: int = 10_000) -> list[Part]:
    rows = tx.sql(
        f"SELECT {_PART} FROM s3_part WHERE upload = ? AND number > ? ORDER BY number LIMIT ?",
        upload_id,
        after,
        limit,
    )
    return [Part._make(row) for row in rows]


def put_part(tx: Tx, upload_id: str, part: Part, now: float) -> None:
    """Add a part, replacing one of the same number."""
    old = tx.sql("SELECT place FROM s3_part WHERE upload = ? AND number = ?", upload_id, part.number)
    if old:
        tx.sql("DELETE FROM s3_part WHERE upload = ? AND number = ?", upload_id, part.number)
        object_rows.discard_blob(tx, old[0][0], now)
    tx.sql(f"INSERT INTO s3_part (upload, {_PART}) VALUES (?,?,?,?,?,?,?)", upload_id, *part)


def drop_parts(tx: Tx, upload_id: str, now: float, kept_blob: str = "") -> None:
    """Delete all part rows and discard their blobs, except `kept_blob`, which an object took over."""
    for part in parts(tx, upload_id):
        if part.blob != kept_blob:
            object_rows.discard_blob(tx, part.blob, now)
    tx.sql("DELETE FROM s3_part WHERE upload = ?", upload_id)


def finish(tx: Tx, upload: Upload, result: str) -> None:
    tx.sql(
        "UPDATE s3_upload SET result = ? WHERE bucket = ? AND key = ? AND id = ?",
        result,
        upload.bucket,
        upload.key,
        upload.id,
    )


def remove(tx: Tx, upload: Upload, now: float) -> None:
    """Delete an upload and its parts."""
    drop_parts(tx, upload.id, now)
    tx.sql(
        "DELETE FROM s3_upload WHERE bucket = ? AND key = ? AND id = ?", upload.bucket, upload.key, upload.id
    )
