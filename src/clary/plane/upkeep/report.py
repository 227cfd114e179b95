"""What people are told of the upkeep of a platform's bytes: `clary status`, `clary doctor`. Loads no service."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from clary.plane.outline import Outline
from clary.plane.upkeep import passes
from clary.plane.upkeep.damage import damaged
from clary.plane.upkeep.leftovers import last_swept
from clary.plane.upkeep.passes import Pass
from clary.store.api import Tx
from clary.wire import timestamps

_MOST = 20


def report(tx: Tx, outlines: Iterable[Outline]) -> dict[str, Any]:
    """Return how far the scrubs are, what the last look at every blob deleted, and what is damaged: how much, and the first."""
    count, first = damaged(tx, outlines, _MOST)
    swept = last_swept(tx)
    return {
        "scrubs": {service: _told(one) for service, one in passes.every(tx).items()},
        "leftovers": None if swept is None else swept._asdict() | {"at": _time(swept.at)},
        "damaged_count": count,
        "damaged": [f"{one.name}: {one.reason} (found {_time(one.found)})" for one in first],
    }


def _told(one: Pass) -> dict[str, Any]:
    last = {"ended": _time(one.ended), "things": one.last_things, "bytes": one.last_bytes}
    now = {"begun": _time(one.begun), "things": one.things, "bytes": one.bytes}
    return {"current": now if one.kind else None, "last": last if one.ended else None}


def _time(seconds: float) -> str:
    return timestamps.iso(int(seconds))
