"""Configurations of which a bucket may have many, each with an id: kept, shown, listed in pages and deleted. Knows no kind of them."""

from __future__ import annotations

import re
from typing import Any

import orjson

from clary.kernel import AwsError
from clary.plane import Context
from clary.services.s3 import opaque_ids
from clary.services.s3.bucket_rows import delete_setting, put_setting, setting
from clary.store.api import Tx

Params = dict[str, Any]

MOST = 1000  # of a kind, in a bucket
_PAGE = 100
_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)


def put(tx: Tx, bucket: str, kind: str, id: str, document: Params) -> None:
    """Keep a configuration under its id. Raise S3's error for an id that does not fit, or one too many."""
    if document.get("Id") != id:
        # As recorded (`test_s3_put_inventory_report_exceptions`).
        message = "Document ID does not match the specified configuration ID."
        raise AwsError("IdMismatch", message)
    if not _ID.fullmatch(id):
        raise AwsError("InvalidConfigurationId", "The specified configuration id is not valid.")
    if setting(tx, bucket, _name(kind, id)) is None and len(_stored(tx, bucket, kind, "", MOST)) >= MOST:
        message = "You are attempting to create a new configuration but have already reached the 1,000-configuration limit."
        raise AwsError("TooManyConfigurations", message)
    put_setting(tx, bucket, _name(kind, id), document)


def get(tx: Tx, bucket: str, kind: str, id: str) -> Params:
    """Return a configuration. Raise NoSuchConfiguration."""
    found = setting(tx, bucket, _name(kind, id))
    if found is None:
        raise AwsError("NoSuchConfiguration", "The specified configuration does not exist.", 404)
    return found


def delete(tx: Tx, bucket: str, kind: str, id: str) -> None:
    """Delete a configuration. Raise NoSuchConfiguration."""
    get(tx, bucket, kind, id)
    delete_setting(tx, bucket, _name(kind, id))


def every(tx: Tx, bucket: str, kind: str) -> list[Params]:
    """Return all configurations of a kind, in the order of their ids."""
    return [document for _, document in _stored(tx, bucket, kind, "", MOST)]


def page(ctx: Context, params: Params, kind: str, member: str) -> Params:
    """Return the answer of a List operation: a hundred configurations at most, in the order of their ids."""
    token = params.get("ContinuationToken")
    after = opaque_ids.position_of(token) if token else ""
    found = _stored(ctx.tx, params["Bucket"], kind, after, _PAGE + 1)
    shown = found[:_PAGE]
    out: Params = {"IsTruncated": len(found) > _PAGE}
    if shown:
        out[member] = [document for _, document in shown]
    if token:
        out["ContinuationToken"] = token
    if len(found) > _PAGE:
        out["NextContinuationToken"] = opaque_ids.token_of(shown[-1][0])
    return out


def _name(kind: str, id: str) -> str:
    return f"{kind}/{id}"


def _stored(tx: Tx, bucket: str, kind: str, after: str, limit: int) -> list[tuple[str, Params]]:
    # `0` is the character after `/`.
    rows = tx.sql(
        "SELECT kind, doc FROM s3_setting WHERE bucket = ? AND kind > ? AND kind < ? ORDER BY kind LIMIT ?",
        bucket, _name(kind, after), f"{kind}0", limit,
    )  # fmt: skip
    return [(name.partition("/")[2], orjson.loads(document)) for name, document in rows]
