"""The contents of a platform, and the backlog of its controllers."""

from __future__ import annotations

from typing import Any

from clary.plane import Platform
from clary.store.api import Tx
from clary.wire import timestamps

_MOST_DAMAGED = 20


async def status_of(platform: Platform) -> dict[str, Any]:
    """Return the number of records of each kind, the seconds that the oldest has been due, the number of run folders, and the
    first of S3's versions that were found damaged."""
    kinds = tuple(platform.registry.kinds)
    now = platform.clock.now()

    def count(tx: Tx) -> dict[str, Any]:
        due = tx.next_due(kinds, platform.clock.timeline.ahead)
        late = 0.0 if due is None else max(0.0, now - due)
        resources = {kind: tx.count(kind, None) for kind in kinds}
        return {"resources": resources, "late_seconds": round(late, 3), "damaged": _damaged(tx)}

    return await platform.store.run(count, write=False) | {"runs": len(platform.runs.runs())}


def _damaged(tx: Tx) -> list[str]:
    if not tx.sql("select 1 from migration where name = 's3'") or not tx.sql(
        "select 1 from s3_damaged limit 1"
    ):
        return []  # a platform without S3, or one in which nothing was ever damaged: no code of S3 is loaded
    from clary.services.s3.scrub.rows import damaged

    return [
        f"s3://{one.bucket}/{one.key}, version {one.version}: {one.reason} (found {timestamps.iso(one.found)})"
        for one in damaged(tx, _MOST_DAMAGED)
    ]
