"""The replication status of a version, in its row's extra: `REPLICA`, or the status at each destination."""

from __future__ import annotations

from typing import Any

from clary.services.s3.object_extras import Extra

PENDING, COMPLETED, FAILED, REPLICA = "PENDING", "COMPLETED", "FAILED", "REPLICA"
MEMBER = "replication"


def of(extra: Extra) -> str | None:
    """Return what answers say: PENDING until all destinations are done, "FAILED if one or more destinations fail"
    (Getting replication status information, S3 User Guide)."""
    stored = extra.get(MEMBER)
    if not isinstance(stored, dict):
        return stored
    at = set(stored.values())
    return FAILED if FAILED in at else PENDING if PENDING in at else COMPLETED


def members_of(extra: Extra) -> dict[str, Any]:
    """Return the member of a GetObject or HeadObject answer."""
    status = of(extra)
    return {"ReplicationStatus": status} if status else {}


def at(extra: Extra) -> dict[str, str]:
    """Return the status by destination; empty for a replica, and for what is not replicated."""
    stored = extra.get(MEMBER)
    return dict(stored) if isinstance(stored, dict) else {}


def is_replica(extra: Extra) -> bool:
    return extra.get(MEMBER) == REPLICA
