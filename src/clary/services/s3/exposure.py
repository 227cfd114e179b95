"""Is a bucket policy public, and does the bucket's public access block forbid that? Knows no ACL: there are none."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import orjson

from clary.services.s3.bucket_rows import setting
from clary.store.api import Tx

BLOCK = "PublicAccessBlock"

# What narrows a wildcard principal enough for AWS to call the policy not public, when its values are fixed ones
# ("The meaning of public", S3 user guide).
_NARROWING = {
    "aws:sourceip",
    "aws:sourcearn",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:sourceaccount",
    "aws:sourceowner",
    "aws:userid",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalaccount",
    "aws:principalarn",
    "s3:dataaccesspointarn",
    "s3:dataaccesspointaccount",
}


@lru_cache(maxsize=512)
def is_public(policy: str) -> bool:
    """Whether a policy document (JSON text) grants anything to everybody."""
    statements = orjson.loads(policy).get("Statement", [])
    return any(_opens(s) for s in (statements if isinstance(statements, list) else [statements]))


def _opens(statement: dict[str, Any]) -> bool:
    if statement.get("Effect") != "Allow":
        return False
    return _is_everybody(statement.get("Principal")) and not _narrowed(statement.get("Condition") or {})


def _is_everybody(principal: Any) -> bool:
    if principal == "*":
        return True
    named = principal.get("AWS", []) if isinstance(principal, dict) else []
    return "*" in ([named] if isinstance(named, str) else named)


def _narrowed(condition: dict[str, Any]) -> bool:
    return any(
        key.lower() in _NARROWING and not _is_wild(values)
        for operator, keys in condition.items()
        if not operator.startswith(("StringNot", "ArnNot", "NotIp"))
        for key, values in keys.items()
    )


def _is_wild(values: Any) -> bool:
    return any(
        value in ("*", "0.0.0.0/0", "::/0") for value in ([values] if isinstance(values, str) else values)
    )


def block_of(tx: Tx, bucket: str) -> dict[str, bool]:
    """The PublicAccessBlockConfiguration of a bucket; empty when it was deleted."""
    return setting(tx, bucket, BLOCK) or {}


def restricts(tx: Tx, bucket: str) -> bool:
    return bool(block_of(tx, bucket).get("RestrictPublicBuckets"))
