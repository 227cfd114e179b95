"""Run folders whose record has gone. A job's folder is removed after the deletion of the job is committed; when the
process dies in between, or the removal fails, this sweep finds it."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterator

from clary.plane import Platform, Record
from clary.services.sagemaker import containers
from clary.services.sagemaker.service import sagemaker
from clary.store.api import Tx

log = logging.getLogger("clary.sagemaker")

_EVERY = 3600.0
# What follows a record's name in the id of its runs. It is looked for at each place: names may hold such text themselves.
_PLACE = re.compile(r"(?=-(\d{12})-([a-z]+(?:-[a-z]+)+-\d+)-)")


@sagemaker.background
async def keep_swept(platform: Platform) -> None:
    """Sweep every hour."""
    while True:
        await asyncio.sleep(_EVERY)
        try:
            await asyncio.to_thread(sweep, platform)
        except Exception:
            log.exception("the sweep of run folders failed")


def sweep(platform: Platform) -> list[str]:
    """Remove the folders of runs that no record of SageMaker names, and stop what still runs there. Return their ids.

    The list of runs comes first: a record is written before its run is started, so what is listed has its record."""
    runs = [run for run in platform.runs.runs() if any(run.startswith(f"{kind}-") for kind in _kinds())]
    with platform.store.read() as tx:
        left = [run for run in runs if not any(_is_of(run, record) for record in _records(tx, run))]
    containers.drop(left, platform.runs)
    return left


def _kinds() -> dict[str, str]:
    """The first words of run ids, and the kinds of records that they belong to."""
    nouns = [noun for noun in sagemaker.nouns.values() if noun.kind in sagemaker.controllers]
    return {noun.arn.partition("/")[0]: noun.kind for noun in nouns}


def _records(tx: Tx, run: str) -> Iterator[Record]:
    """The records that could have started a run."""
    for word, kind in _kinds().items():
        rest = run.removeprefix(f"{word}-")
        for place in _PLACE.finditer(rest) if rest != run else ():
            account, region = place.groups()
            record = tx.get(kind, f"{account}/{region}", rest[: place.start()])
            if record is not None:
                yield record


def _is_of(run: str, record: Record) -> bool:
    own = containers.run_id(record)
    return run == own or run.startswith(f"{own}-")
