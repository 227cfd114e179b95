"""The life of an MLflow server: one run after the other on one store, from Creating to Deleting.

    Creating, Starting, Updating     the run is started; settled once it answers
    Created, Started, Updated        a run that died is followed by the next attempt, after a pause that grows
    Stopping, Stopped, …Failed       no run
    Deleting                         no run, and the store is removed

Only one run at a time is on a store: an attempt begins when the runs of all attempts before it have ended.
All memory is in private members of the record: `attempt`, `oldest` (the first whose run may still be there), `since`,
`not_before`, `failures`, `ready`, `socket` here, the others in registration.py.
"""

from __future__ import annotations

import hashlib
import logging
from typing import Any

from clary.plane import Record, Step, World, revise
from clary.runs.api import RunState
from clary.services.sagemaker.mlflow import registration, servers, talk
from clary.services.sagemaker.mlflow.run import spec_of
from clary.services.sagemaker.mlflow.visits import visitors
from clary.workloads import containers

log = logging.getLogger("clary.sagemaker")

_SETTLES = {"Creating": "Created", "Updating": "Updated", "Starting": "Started"}
_FAILS = {"Creating": "CreateFailed", "Updating": "UpdateFailed", "Starting": "StartFailed"}
AT_REST = ("Stopping", "Stopped", "CreateFailed", "StartFailed")

_SOON = 0.2  # seconds, while the server starts
_QUIET = 10.0  # between looks at a server that answers; an end of its run is told at once
_START_SECONDS = 300.0  # until it must answer: the first start makes the tables of its store
_SILENT_SECONDS = 60.0  # a server that has answered may be busy for so long
_MOST_FAILURES = 3  # deaths in a row before Creating, Starting or Updating has failed
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 60.0
_LONGEST_NAME = 150  # characters of a run's id before what follows it


def keep(server: Record, world: World) -> Step:
    """Move one server one step: the controller of both kinds."""
    if server.status == "Deleting":
        return _leave(server, world)
    if server.status in AT_REST:
        return _rest(server, world)
    environment = world.runs.environment(servers.ENVIRONMENT, make=True)
    if environment.state == "failed":
        return _without(server, environment.detail)
    if environment.state != "ready":
        return Step(after=1.0)
    if not _dropped(server, world, before=_attempt(server)):
        return Step(after=_SOON)
    return _look(server, world, environment.version)


def afresh(server: Record) -> Record:
    """Return a server that is about to start, with no memory of what failed before."""
    return revise(server, private={"failures": 0, "not_before": 0.0, "ready": False, "since": None})


def run_of(server: Record, attempt: int) -> str:
    """Return the id of the run of an attempt."""
    return f"{store_of(server)}-n{attempt}"


def store_of(server: Record) -> str:
    """Return the name of a server's lasting folder, which is also what the ids of its runs begin with. AWS's names may be
    longer than a folder's name."""
    name = containers.run_id(server)
    return name if len(name) <= _LONGEST_NAME else f"mlflow-{hashlib.sha256(name.encode()).hexdigest()}"


def _attempt(server: Record) -> int:
    return int(server.private.get("attempt", 0))


# a run -------------------------------------------------------------------------------------------------------------


def _look(server: Record, world: World, version: str) -> Step:
    """Start the run of the present attempt, see whether it answers, or begin the next attempt."""
    run = run_of(server, _attempt(server))
    state = world.runs.inspect(run)
    if state.phase == "absent":
        return _start(server, world, run)
    if state.phase in ("exited", "lost"):
        return _again(server, world, _last_words(world, run) or state.detail or state.reason)
    socket = talk.socket_of(state)
    if talk.answers(socket):
        return _answers(server, world, version, socket)
    return _silent(server, world, state)


def _start(server: Record, world: World, run: str) -> Step:
    wait = server.private.get("not_before", 0.0) - world.now
    if wait > 0:
        return Step(after=wait)
    spec = spec_of(server, store_of(server))
    started = world.runs.start(run, containers.at_home(spec, server, world, run, server.spec["RoleArn"]))
    return Step(private={"since": world.now, "ready": False}, after=_SOON if started else containers.POLL)


def _answers(server: Record, world: World, version: str, socket: str) -> Step:
    """Settle a server that answers, and carry over what was registered in it."""
    carried = registration.carry_over(server, world, socket)
    return Step(
        _SETTLES.get(server.status),
        {"MlflowVersion": version} if server.observed.get("MlflowVersion") != version else {},
        after=carried.after or _QUIET,
        private={
            "ready": True,
            "socket": socket,
            "failures": 0,
            "oldest": _attempt(server),
            "silent": None,
            **carried.private,
        },
    )


def _silent(server: Record, world: World, state: RunState) -> Step:
    """Wait for a server that starts or is busy, or replace one that has been silent for too long."""
    ready = bool(server.private.get("ready"))
    member, limit = ("silent", _SILENT_SECONDS) if ready else ("since", _START_SECONDS)
    since = server.private.get(member) or world.now
    if world.now - since > limit:
        return _again(server, world, f"it does not answer (its run is {state.phase})")
    return Step(private={member: since}, after=1.0 if ready else _SOON)


def _again(server: Record, world: World, why: str) -> Step:
    """Begin the next attempt, or give up where a start has failed several times."""
    log.warning("the MLflow server %s has ended: %s", server.arn, why)
    failures = int(server.private.get("failures", 0)) + 1
    pause = 0.0 if failures == 1 else min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(failures - 2, 10))
    failed = _FAILS.get(server.status) if failures >= _MOST_FAILURES else None
    private: dict[str, Any] = {
        "attempt": _attempt(server) + 1,
        "failures": failures,
        "not_before": world.now + pause,
        "ready": False,
        "since": None,
        "silent": None,
    }
    return Step(failed, private=private, after=_SOON)


def _last_words(world: World, run: str) -> str:
    """Return the last line that a server wrote, at most 300 characters."""
    lines = world.runs.output(run, "algo-1", 0).data.decode(errors="replace").strip().splitlines()
    return lines[-1][:300] if lines else ""


def _without(server: Record, why: str) -> Step:
    """MLflow cannot be had on this machine: a start fails, what has run before is tried again later."""
    log.warning("there is no environment for the MLflow server %s: %s", server.arn, why)
    return Step(_FAILS.get(server.status), private={"ready": False}, after=_LONGEST_PAUSE)


# its end -----------------------------------------------------------------------------------------------------------


def _rest(server: Record, world: World) -> Step:
    if not _dropped(server, world, before=_attempt(server) + 1):
        return Step(private={"ready": False}, after=_SOON)
    status = "Stopped" if server.status == "Stopping" else None
    return Step(status, private={"ready": False, "socket": None, "oldest": _attempt(server)})


def _leave(server: Record, world: World) -> Step:
    if not _dropped(server, world, before=_attempt(server) + 1):
        return Step(private={"ready": False}, after=_SOON)
    world.runs.discard(store_of(server))
    forget = (lambda tx: visitors.forget(tx, server.arn), lambda tx: registration.forget(tx, server.arn))
    return Step(delete=True, writes=forget)


def _dropped(server: Record, world: World, before: int) -> bool:
    """Stop and forget the runs of all attempts before this number; return whether all have ended."""
    oldest = int(server.private.get("oldest", 0))
    return containers.drop([run_of(server, number) for number in range(oldest, before)], world.runs)
