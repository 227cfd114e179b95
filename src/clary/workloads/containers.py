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

STOPPABLE = ("preparing", "running", "uploading")  # the phases in which a run can be stopped
POLL = 0.5  # seconds until a run is looked at again

# Several jobs share one machine: OpenMP threads that wait by spinning would starve each other.
_THREADS = {"OMP_WAIT_POLICY": "PASSIVE"}


def at_home(spec: RunSpec, record: Record, world: World, run: str, role: str | None) -> RunSpec:
    """Return the specification of a run with what its programs need to reach the platform as the role of
    the run. Without a role they get no credentials, and their data is read unsigned."""
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
    """Return the id of a record's run: different from all others, and the same each time.

    A name may be used again after its record was deleted, so the time of creation is part of the id.
    """
    account = record.scope.replace("/", "-")
    short = Arn.parse(record.arn).kind
    return f"{short}-{record.id}-{account}-{int(record.created * 1000):x}{suffix}"


def command_of(
    entrypoint: Sequence[str] | None, arguments: Sequence[str] | None, default: Sequence[str]
) -> tuple[str, ...]:
    """Return the command by Docker's rule: an entry point replaces the image's own command, arguments
    follow it."""
    return (*(entrypoint or default), *(arguments or ()))


# Seconds from a job's final step to the next one, which removes the folder of its run: all of it has been read.
TIDY = 1.0


def tidy(runs: Sequence[str], world: World) -> Step:
    """Return the step that removes what ended runs left on the disk, and comes back while one of them
    still runs."""
    return Step() if drop(runs, world.runs) else Step(after=TIDY)


def drop(runs: Sequence[str], executor: Executor) -> bool:
    """Forget runs that have ended; return whether all had. One that still runs is told to stop: its job
    may have been stopped in the moment in which it began."""
    alive = [run for run in runs if not _forgotten(run, executor)]
    for run in alive:
        executor.stop(run)
    return not alive


def _forgotten(run: str, executor: Executor) -> bool:
    with suppress(RuntimeError):
        executor.forget(run)
        return True
    return False
