"""Rows of object versions: find, write, remove. Knows no request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from clary.kernel import AwsError
from clary.services.s3 import bucket_rows, errors, object_checksums, opaque_ids
from clary.services.s3.bucket_rows import Bucket
from clary.services.s3.encryption import sealing
from clary.services.s3.garbage import garbage
from clary.store.api import Tx
from clary.wire import timestamps

if TYPE_CHECKING:
    from clary.plane import Context

_COLUMNS = "key, seq, version, marker, size, etag, modified, storage, sum, place, head, tags, parts, body, extra, cipher"
_BUCKET = len(Bucket._fields)
_WITH_BUCKET = (
    f"SELECT {', '.join(f'b.{name}' for name in bucket_rows.COLUMNS.split(', '))},"
    f" {', '.join(f'o.{name}' for name in _COLUMNS.split(', '))}"
    " FROM s3_bucket b LEFT JOIN s3_object o ON o.bucket = b.name AND o.key = ?"
    " WHERE b.name = ? ORDER BY o.seq LIMIT 1"
)
_READS = ("GET", "HEAD")
_KEY_LIMIT = 1024  # bytes of UTF-8


class Row(NamedTuple):
    """A version of a key.

    `head` (stored headers), `tags`, `parts` and `extra` (object_extras.py) are JSON, or '' for none; `parts`
    lists [size, checksum] of each part. `cipher` says how the bytes are encrypted (encryption/cipher.py). `etag` has no quotes. `modified` is in whole seconds since the epoch.
    """

    key: str
    seq: int
    version: str
    marker: int
    size: int
    etag: str
    modified: int
    storage: str
    sum: str
    blob: str
    head: str
    tags: str
    parts: str
    body: bytes | None
    extra: str = ""
    cipher: str = ""

    @property
    def quoted_etag(self) -> str:
        return f'"{self.etag}"'

    @property
    def tag_map(self) -> dict[str, str]:
        return orjson.loads(self.tags) if self.tags else {}

    @property
    def part_list(self) -> list[list[Any]]:
        return orjson.loads(self.parts) if self.parts else []

    @property
    def sizes(self) -> list[int]:
        """The sizes of the parts, each of which was encrypted by itself."""
        return [size for size, _ in self.part_list] or [self.size]


class Draft(NamedTuple):
    """The content of a version to be written; `write` adds version id and time."""

    size: int
    etag: str
    sum: str
    storage: str = "STANDARD"
    blob: str = ""
    body: bytes | None = None
    head: str = ""
    tags: str = ""
    parts: str = ""
    extra: str = ""
    cipher: str = ""


def current(tx: Tx, bucket: str, key: str) -> Row | None:
    """Return the newest version, which may be a delete marker."""
    rows = tx.sql(
        f"SELECT {_COLUMNS} FROM s3_object WHERE bucket = ? AND key = ? ORDER BY seq LIMIT 1", bucket, key
    )
    return Row._make(rows[0]) if rows else None


def current_in(tx: Tx, bucket: str, key: str) -> tuple[Bucket | None, Row | None]:
    """Return a bucket and the newest version of a key in it, by one statement: what most reads are about."""
    rows = tx.sql(_WITH_BUCKET, key, bucket)
    if not rows:
        return None, None
    found = rows[0]
    return Bucket._make(found[:_BUCKET]), Row._make(found[_BUCKET:]) if found[_BUCKET] is not None else None


def version(ctx: Context, tx: Tx, bucket: str, key: str, version_id: str) -> Row | None:
    """Return a version by its id, or None. Raise InvalidArgument for an id that this platform did not issue."""
    if version_id == opaque_ids.NULL:
        where, value = "version = ?", version_id
    else:
        where, value = "seq = ?", opaque_ids.seq_of_version(ctx, version_id)
    rows = tx.sql(
        f"SELECT {_COLUMNS} FROM s3_object WHERE bucket = ? AND key = ? AND {where}", bucket, key, value
    )
    if rows and rows[0][2] == version_id:
        return Row._make(rows[0])
    return None if version_id == opaque_ids.NULL else _moved(tx, bucket, key, version_id)


def _moved(tx: Tx, bucket: str, key: str, version_id: str) -> Row | None:
    """Return a replica whose place in the history of its key was taken when it was written (replication/replicas.py)."""
    rows = tx.sql(
        f"SELECT {_COLUMNS} FROM s3_object WHERE bucket = ? AND key = ? AND version = ?",
        bucket,
        key,
        version_id,
    )
    return Row._make(rows[0]) if rows else None


def by_seq(tx: Tx, bucket: str, key: str, seq: int) -> Row | None:
    """Return the version with this place in its key's history, or None."""
    rows = tx.sql(
        f"SELECT {_COLUMNS} FROM s3_object WHERE bucket = ? AND key = ? AND seq = ?", bucket, key, seq
    )
    return Row._make(rows[0]) if rows else None


def check_key(key: str) -> None:
    """Raise KeyTooLongError if the key has more than 1024 bytes of UTF-8."""
    size = len(key.encode("utf-8", "surrogatepass"))
    if size > _KEY_LIMIT:
        members = {"Size": str(size), "MaxSizeAllowed": str(_KEY_LIMIT)}
        raise AwsError("KeyTooLongError", "Your key is too long", 400, members)


def load(
    ctx: Context,
    tx: Tx,
    params: dict[str, Any],
    bucket: str,
    method: str = "GET",
    *,
    marker_counts: bool = False,
) -> Row:
    """Return the object that a call names by Key and, if given, VersionId.

    Raise NoSuchKey, NoSuchVersion or KeyTooLongError. For a delete marker raise MethodNotAllowed, or
    NoSuchKey if a read names no version and not `marker_counts`.
    """
    key, version_id = params["Key"], params.get("VersionId")
    check_key(key)
    if version_id is not None:
        row = version(ctx, tx, bucket, key, version_id)
        if row is None:
            raise errors.no_such_version(key, version_id)
        return _readable(row, method)
    return newest(params, current(tx, bucket, key), method, marker_counts=marker_counts)


def newest(
    params: dict[str, Any], row: Row | None, method: str = "GET", *, marker_counts: bool = False
) -> Row:
    """Return the newest version of a key, which was looked up, or raise what `load` raises for it."""
    if row is not None and (marker_counts or method not in _READS):
        return _readable(row, method)
    if row is None or row.marker:
        raise errors.no_such_key(params["Key"], _marker_headers(row) if row else None)
    return row


def _readable(row: Row, method: str) -> Row:
    if row.marker:
        headers = _marker_headers(row) | {"allow": "DELETE"}
        if method in _READS:
            # "a 405 Method Not Allowed error and the Last-Modified: timestamp response header" (GetObject,
            # API reference)
            headers["last-modified"] = timestamps.WRITERS["rfc822"](row.modified)
        raise errors.method_not_allowed(method, headers)
    return row


def _marker_headers(row: Row) -> dict[str, str]:
    return {"x-amz-delete-marker": "true", "x-amz-version-id": row.version}


def etag_of(found: Row | None) -> str | None:
    """Return the ETag to check a write's preconditions against; None if there is no object."""
    return None if found is None or found.marker else found.etag


def write(
    ctx: Context, tx: Tx, bucket: Bucket, key: str, draft: Draft, newest: Row | None, marker: int = 0
) -> Row:
    """Write `draft` as the newest version of a key and return its row; `newest` is the newest so far.

    Without versioning, it replaces the null version.
    """
    seq = -int(ctx.now * 1e6) if newest is None else min(-int(ctx.now * 1e6), newest.seq - 1)
    name = opaque_ids.new_version(ctx, seq) if bucket.versioning == "Enabled" else opaque_ids.NULL
    if newest is not None:
        _demote(ctx, tx, bucket, newest, keep=bucket.versioning != "")
        if bucket.versioning == "Suspended":
            _drop_null(ctx, tx, bucket.name, key)
    row = Row(
        key,
        seq,
        name,
        marker,
        draft.size,
        draft.etag,
        int(ctx.now),
        draft.storage,
        draft.sum,
        draft.blob,
        draft.head,
        draft.tags,
        draft.parts,
        draft.body,
        draft.extra,
        draft.cipher,
    )
    sealing.keep(ctx, tx, draft.cipher)
    insert(tx, bucket.name, row)
    return row


def insert(tx: Tx, bucket: str, row: Row, *, latest: bool = True) -> None:
    """Write a row as it is. `latest` says whether it is the newest of its key."""
    tx.sql(
        f"INSERT INTO s3_object (bucket, latest, {_COLUMNS}) VALUES (?, ?, ?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        bucket,
        int(latest),
        *row,
    )


def _demote(ctx: Context, tx: Tx, bucket: Bucket, newest: Row, *, keep: bool) -> None:
    if keep:
        tx.sql(
            "UPDATE s3_object SET latest = 0 WHERE bucket = ? AND key = ? AND seq = ?",
            bucket.name,
            newest.key,
            newest.seq,
        )
    else:
        remove(ctx, tx, bucket.name, newest)


def _drop_null(ctx: Context, tx: Tx, bucket: str, key: str) -> None:
    row = version(ctx, tx, bucket, key, opaque_ids.NULL)
    if row is not None:
        remove(ctx, tx, bucket, row)


def remove(ctx: Context, tx: Tx, bucket: str, row: Row) -> None:
    """Delete a row and leave its bytes to the sweep."""
    tx.sql("DELETE FROM s3_object WHERE bucket = ? AND key = ? AND seq = ?", bucket, row.key, row.seq)
    if row.blob:
        discard_blob(tx, row.blob, ctx.now)


def remove_version(ctx: Context, tx: Tx, bucket: str, row: Row) -> None:
    """Delete a version; the version before it becomes the newest."""
    remove(ctx, tx, bucket, row)
    tx.sql(
        "UPDATE s3_object SET latest = 1 WHERE bucket = ? AND key = ? AND seq ="
        " (SELECT MIN(seq) FROM s3_object WHERE bucket = ? AND key = ?)",
        bucket,
        row.key,
        bucket,
        row.key,
    )


def discard_blob(tx: Tx, blob: str, now: float) -> None:
    """Leave a blob to the sweep, which deletes it unless another row (a copy) still refers to it."""
    garbage.let_go(tx, [blob], now)


def version_member(bucket: Bucket, row: Row) -> dict[str, str]:
    """Return the VersionId member, if the bucket has ever been versioned."""
    return {"VersionId": row.version} if bucket.versioning else {}


def written_member(bucket: Bucket, row: Row) -> dict[str, str]:
    """Return the VersionId member of an upload's answer, which leaves out the null version."""
    return {} if row.version == opaque_ids.NULL else version_member(bucket, row)


def sum_members(row: Row) -> dict[str, str]:
    return object_checksums.members_of(row.sum)
