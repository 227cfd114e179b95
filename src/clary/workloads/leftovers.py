"""Run folders whose record has gone. A job's folder is removed after the deletion of the job is committed; when the
process dies in between, or the removal fails, this sweep finds it. Knows no service: a service sweeps its own runs."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterator, Mapping

from clary.plane import Platform, Record, Service
from clary.store.api import Tx
from clary.workloads import containers

log = logging.getLogger("clary.workloads")

_EVERY = 3600.0  # seconds
# What follows a record's name in the id of its runs. It is looked for at each place: names may hold such text themselves.
_PLACE = re.compile(r"(?=-(\d{12})-([a-z]+(?:-[a-z]+)+-\d+)-)")

Kinds = Mapping[str, str]
"""The first words of run ids (`training-job`), and the kinds of the records that they belong to."""


async def keep_swept(platform: Platform, service: Service) -> None:
    """Sweep the runs of a service every hour, until cancelled."""
    while True:
        await asyncio.sleep(_EVERY)
        try:
            await asyncio.to_thread(sweep, platform, service)
        except Exception:
            log.exception("could not delete leftover run folders of %s; trying again", service.name)


def sweep(platform: Platform, service: Service) -> list[str]:
    """Remove the folders of runs that no record of the service names, and stop what still runs there. Return their ids.

    The list of runs comes first: a record is written before its run is started, so what is listed has its record."""
    kinds = _kinds(service)
    runs = [run for run in platform.runs.runs() if any(run.startswith(f"{word}-") for word in kinds)]
    with platform.store.read() as tx:
        left = [run for run in runs if not any(_is_of(run, record) for record in _records(tx, run, kinds))]
    containers.drop(left, platform.runs)
    return left


def _kinds(service: Service) -> Kinds:
    nouns = [noun for noun in service.nouns.values() if noun.kind in service.controllers]
    return {noun.arn.partition("/")[0]: noun.kind for noun in nouns}


def _records(tx: Tx, run: str, kinds: Kinds) -> Iterator[Record]:
    """Yield the records that could have started a run."""
    for word, kind in kinds.items():
        rest = run.removeprefix(f"{word}-")
        for place in _PLACE.finditer(rest) if rest != run else ():
            account, region = place.groups()
            record = tx.get(kind, f"{account}/{region}", rest[: place.start()])
            if record is not None:
                yield record


def _is_of(run: str, record: Record) -> bool:
    own = containers.run_id(record)
    return run == own or run.startswith(f"{own}-")
