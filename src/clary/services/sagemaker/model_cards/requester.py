"""The caller of a request, kept in a record, so that what the request asked for is done later with the caller's
own rights ("Forward access sessions",
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from clary.kernel import Caller


def kept(caller: Caller) -> dict[str, Any]:
    """Return what says who a caller is. It is no credential: the id of the access key is left out."""
    return {**asdict(caller), "access_key_id": ""}


def caller_of(kept: dict[str, Any]) -> Caller:
    """Return the caller again. Each call judges its rights by the policies that it has at that time."""
    return Caller.restored(kept)
