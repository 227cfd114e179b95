"""The public access block of a bucket, and of its owner's account."""

from __future__ import annotations

from clary.services.s3.bucket_rows import Bucket, delete_setting, put_setting, setting
from clary.store.api import Tx

BLOCK = "PublicAccessBlock"
BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_ACCOUNT = "account:"  # before the id of an account, in the place of a bucket's name, which has no colon


def block_of(tx: Tx, bucket: Bucket) -> dict[str, bool]:
    """Return the PublicAccessBlockConfiguration that applies to a bucket: what it or its owner's account blocks."""
    own, all = setting(tx, bucket.name, BLOCK) or {}, of_account(tx, bucket.owner) or {}
    return {name: bool(own.get(name) or all.get(name)) for name in BLOCKS}


def of_account(tx: Tx, account: str) -> dict[str, bool] | None:
    """Return the PublicAccessBlockConfiguration of an account, or None if it has none."""
    return setting(tx, f"{_ACCOUNT}{account}", BLOCK)


def put_on_account(tx: Tx, account: str, block: dict[str, bool] | None) -> None:
    """Set or, for None, delete the PublicAccessBlockConfiguration of an account."""
    if block is None:
        delete_setting(tx, f"{_ACCOUNT}{account}", BLOCK)
    else:
        put_setting(tx, f"{_ACCOUNT}{account}", BLOCK, block)


def restricts(tx: Tx, bucket: Bucket) -> bool:
    return bool(block_of(tx, bucket).get("RestrictPublicBuckets"))
