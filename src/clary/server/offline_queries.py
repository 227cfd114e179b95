"""Questions that need no running platform: implemented operations, what this machine can promise jobs,
regions, what is damaged."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from clary.plane.upkeep.report import report
from clary.runs import confinement
from clary.runs.isolation import survey
from clary.runs.local import LocalExecutor
from clary.server.home import Home, read_json
from clary.services import load_services, registry
from clary.store.api import Tx
from clary.store.snapshot import look_at
from clary.wire import partitions
from clary.wire import regions as regions_of


def coverage(_: str | None = None) -> dict[str, dict[str, bool]]:
    """Return service -> operation of botocore's model -> whether it is implemented."""
    return {
        name: {operation: operation in service.actions for operation in sorted(service.model.operations)}
        for name, service in sorted(load_services().items())
    }


def doctor(home_folder: str | None = None) -> dict[str, Any]:
    """Return how jobs are isolated here, and what the executor promises, line by line.

    Some promises depend on the file system: they are tried on that of the home.
    """
    with tempfile.TemporaryDirectory(prefix="clary-doctor-", dir=_beside(home_folder)) as folder:
        home = Path(folder)
        return {
            "method": survey(home).method,
            "promises": [
                *LocalExecutor(home, bell=str(home / "bell")).describe(),
                confinement.describe(),
            ],
        }


def regions(_: str | None = None) -> dict[str, list[str]]:
    """Return partition -> its regions."""
    return {partition: sorted(regions_of(partition)) for partition in partitions()}


def upkeep(home_folder: str | None = None) -> dict[str, Any]:
    """Return what is known of damage in a home, as its store tells it at this moment, or `why` nothing is."""
    home = Home(Path(home_folder or ".").absolute())
    if (read_json(home.location) or {}).get("records") == "postgresql":
        return {"why": "the records are in PostgreSQL, and the platform is not running"}
    if not home.database.exists():
        return {"why": "there are no records yet"}
    return look_at(home.database, _upkeep_in) or {"why": "the records are those of an earlier version"}


def _upkeep_in(tx: Tx) -> dict[str, Any]:
    there = {name for (name,) in tx.sql("select name from sqlite_master where type = 'table'")}
    return report(tx, registry().outlines) if {"scrub", "damage", "leftover"} <= there else {}


def _beside(home: str | None) -> Path | None:
    """Return the folder nearest to a home in which this user may write; None for the machine's temporary
    folder."""
    places = [Path(home).absolute(), *Path(home).absolute().parents] if home else []
    nearest = next((place for place in places if place.is_dir()), None)
    return nearest if nearest and os.access(nearest, os.W_OK) else None


QUESTIONS: dict[str, Callable[[str | None], Any]] = {
    "coverage": coverage,
    "doctor": doctor,
    "regions": regions,
    "upkeep": upkeep,
}
