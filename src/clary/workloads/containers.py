"""What a service gives the program that it runs for a record: the id of the run, credentials, the platform's address.

Also Docker's rule for commands, and removing what ended runs left. Knows no service and no job's life.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from clary.kernel import Arn
from clary.plane import Record, Step, World
from clary.plane.grants import Grant, grant_of, proxy_address
from clary.runs.api import Executor, RunSpec

STOPPABLE = ("preparing", "running", "uploading")  # the phases of a run that there is something to stop in
POLL = 0.5  # seconds until a run is looked at again

# Several jobs share one machine: OpenMP threads that wait by spinning would starve each other.
_THREADS = {"OMP_WAIT_POLICY": "PASSIVE"}


def at_home(spec: RunSpec, record: Record, world: World, run: str, role: str | None) -> RunSpec:
    """Return the specification of a run with what it needs to reach the platform as its role. Without one it gets no
    credentials, and its data is asked for unsigned."""
    settings = world.platform.settings
    grant = grant_of(settings, record, run, role) if role else Grant("", "")
    return replace(
        spec,
        env={
            "AWS_REGION": world.region,
            "AWS_DEFAULT_REGION": world.region,
            **_THREADS,
            **spec.env,
        },
        endpoint=settings.endpoint,
        region=world.region,
        credentials_uri=grant.uri,
        credentials_token=grant.token,
        ca_bundle=settings.ca_bundle,
        proxy=proxy_address(settings, record, run),
    )


def run_id(record: Record, suffix: str = "") -> str:
    """The id of a record's run: unlike any other's, the same whenever it is asked for.

    A name may be used again after the record was deleted, so the time of creation is part of it.
    """
    account = record.scope.replace("/", "-")
    short = Arn.parse(record.arn).kind
    return f"{short}-{record.id}-{account}-{int(record.created * 1000):x}{suffix}"


def command_of(
    entrypoint: Sequence[str] | None, arguments: Sequence[str] | None, default: Sequence[str]
) -> tuple[str, ...]:
    """Docker's rule: an entry point replaces the image's own command, arguments follow it."""
    return (*(entrypoint or default), *(arguments or ()))


# What an ended job's final step is followed by: everything of its run has been read, so its folder can go.
TIDY = 1.0


def tidy(runs: Sequence[str], world: World) -> Step:
    """Remove what ended runs left on the disk."""
    return Step() if drop(runs, world.runs) else Step(after=TIDY)


def drop(runs: Sequence[str], executor: Executor) -> bool:
    """Forget runs that have ended. False when one goes on, which is told to stop then: a job that was stopped before
    it began may have begun meanwhile."""
    alive = [run for run in runs if not _forgotten(run, executor)]
    for run in alive:
        executor.stop(run)
    return not alive


def _forgotten(run: str, executor: Executor) -> bool:
    with suppress(RuntimeError):
        executor.forget(run)
        return True
    return False
