"""The replication configuration of a bucket, as it is stored."""

from __future__ import annotations

from clary.services.s3.replication.rules import Configuration, configuration_of
from clary.store.api import Tx

KIND = "Replication"


def in_force(tx: Tx, bucket: str) -> Configuration | None:
    """Return the role and the enabled rules of a bucket, or None if it has none."""
    rows = tx.sql("SELECT doc FROM s3_setting WHERE bucket = ? AND kind = ?", bucket, KIND)
    return configuration_of(rows[0][0]) if rows else None
