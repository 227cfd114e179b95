"""Words in a bucket's row for what it has beside the defaults of a new bucket. Knows no setting.

Operations on objects look at these words, which they read with the bucket, before they look at a setting.
"""

from __future__ import annotations

from clary.services.s3.bucket_rows import find_bucket
from clary.store.api import Tx

ACLS = "acls"  # its ownership controls let ACLs in
LOCK = "lock"  # Object Lock is enabled
ENCRYPTION = "encryption"  # it has a default encryption of its own
CUSTOMER_KEYS = "customer-keys"  # customers' keys (SSE-C) are not blocked
LIFECYCLE = "lifecycle"
LOGGING = "logging"
REPLICATION = "replication"
TIERING = "tiering"  # configurations of Intelligent-Tiering
PAYER = "payer"  # requesters pay


def switch(tx: Tx, name: str, feature: str, on: bool) -> None:
    """Add a word to a bucket's features, or take it away. Does nothing where that is so already."""
    bucket = find_bucket(tx, name)
    if bucket is None or bucket.has(feature) == on:
        return
    words = [word for word in bucket.features.split() if word != feature] + ([feature] if on else [])
    tx.sql("UPDATE s3_bucket SET features = ? WHERE name = ?", " ".join(words), name)
