"""What few object versions have beyond their row's columns, as JSON in one column: '' for nothing at all.

    owner        account of another owner than the bucket's, `anonymous` where nobody signed the upload
    acl          [grantee, permission] of each grant, where they are not the owner's full control alone
    mode, until  retention: GOVERNANCE or COMPLIANCE, and its end in epoch seconds
    hold         ON or OFF, once a legal hold was set
    restored     of an archived object: {"ready": …, "until": …}, in epoch seconds of business time
    replication  REPLICA, or the status of replication by destination (replication/statuses.py)
    accessed     of an object of the class INTELLIGENT_TIERING: when it was last read, in business time, where that was
                 a day or more after it was written; or when it came into the class

Knows no request.
"""

from __future__ import annotations

from typing import Any

import orjson

from clary.services.s3.object_rows import Row
from clary.store.api import Tx

Extra = dict[str, Any]


def read(text: str) -> Extra:
    return orjson.loads(text) if text else {}


def of(row: Row) -> Extra:
    """Return what a version has beyond its columns; empty for most."""
    return read(row.extra)


def text_of(extra: Extra) -> str:
    """Return what to store: without members that are None."""
    kept = {name: value for name, value in extra.items() if value is not None}
    return orjson.dumps(kept).decode() if kept else ""


def change(tx: Tx, bucket: str, row: Row, **members: Any) -> Row:
    """Set members of a version's extra, remove those that are None, and return the row as it is then."""
    text = text_of({**of(row), **members})
    tx.sql(
        "UPDATE s3_object SET extra = ? WHERE bucket = ? AND key = ? AND seq = ?",
        text, bucket, row.key, row.seq,
    )  # fmt: skip
    return row._replace(extra=text)
