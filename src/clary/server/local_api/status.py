"""The contents of a platform, and the backlog of its controllers."""

from __future__ import annotations

from typing import Any

from clary.plane import Platform
from clary.plane.upkeep.report import report
from clary.store.api import Tx


async def status_of(platform: Platform) -> dict[str, Any]:
    """Return the number of records of each kind, the seconds that the oldest has been due, the number of run folders, and what
    there is to tell of the upkeep of bytes."""
    kinds = tuple(platform.registry.kinds)
    now = platform.clock.now()

    def count(tx: Tx) -> dict[str, Any]:
        due = tx.next_due(kinds, platform.clock.timeline.ahead)
        late = 0.0 if due is None else max(0.0, now - due)
        resources = {kind: tx.count(kind, None) for kind in kinds}
        return {"resources": resources, "late_seconds": round(late, 3)} | report(
            tx, platform.registry.outlines
        )

    return await platform.store.run(count, write=False) | {"runs": len(platform.runs.runs())}
