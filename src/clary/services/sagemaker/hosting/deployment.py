"""Deployments: how an endpoint gets the replicas that its plan wants. They are started, watched, replaced and
retired.

Of the record's private members, `plan` is what is wanted, `replicas` is what runs, and `served` gets the
traffic (traffic.py). Nothing here is on the path of an invocation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from clary.plane import Record, Step, World
from clary.services.sagemaker.hosting import logs, replicas, traffic
from clary.services.sagemaker.hosting.logs import Reading
from clary.services.sagemaker.hosting.replicas import STOP_GRACE, Place, Replica, Seen
from clary.services.sagemaker.hosting.serving import containers as containers_of
from clary.workloads import containers

_WATCH = 1.0
_HURRY = 0.05
_DRAIN = 1.0


def serve(endpoint: Record, world: World) -> Step:
    """Move one endpoint one step."""
    match endpoint.status:
        case "Creating" | "Updating":
            return _deploy(endpoint, world)
        case "InService":
            return _keep(endpoint, world)
        case "Failed":
            return _clear(endpoint, world)
        case "Deleting":
            return _remove(endpoint, world)
        case _:
            return Step()


def _deploy(endpoint: Record, world: World) -> Step:
    """Start every replica of the plan beside what is served; move the traffic when all of them answer."""
    doc = endpoint.private
    wanted = _wanted(doc)
    now = {replica.place: replica for replica in replicas.known(doc)}
    up = [
        replicas.look(endpoint, world, now.get(place) or replicas.fresh(endpoint, place), ping=True)
        for place in wanted
    ]
    serving = [replica for place, replica in now.items() if place not in set(wanted)]
    found, left, dead = _kept_up(endpoint, world, serving)
    leaving = replicas.phases(world, replicas.retired(doc))
    reading = logs.read(endpoint, world, [*up, *found, *leaving])
    reason = next((one.reason for one in up if one.died), "") or _out_of_time(endpoint, world)
    if reason:
        return _fail(endpoint, world, reason, reading)
    current = [one.replica for one in up]
    retired = [*replicas.retired(doc), *dead]
    if not all(replica.ready for replica in current):
        changes = _state(doc, current + left) | reading.private | _retired(retired)
        return Step(private=changes, after=_HURRY, calls=reading.calls)
    moved = traffic.move_to_plan(doc) | _retired([*retired, *left]) | {"retired_at": world.now}
    private = _state(doc, current) | reading.private | moved
    return Step("InService", {"FailureReason": None}, _WATCH, reading.calls, private=private)


def _out_of_time(endpoint: Record, world: World) -> str:
    """Return why a deployment has taken too long, or nothing. MaximumExecutionTimeoutInSeconds is for a
    whole update."""
    policy = _policy(endpoint)
    limit = policy.get("MaximumExecutionTimeoutInSeconds")
    if limit is None or world.now - endpoint.private["since"] <= limit:
        return ""
    return f"The deployment did not finish within the maximum execution timeout of {limit} seconds."


def _policy(endpoint: Record) -> dict[str, Any]:
    last = endpoint.observed.get("LastDeploymentConfig")
    deployment = last or endpoint.spec.get("DeploymentConfig") or {}
    return deployment.get("BlueGreenUpdatePolicy", {})


def _keep(endpoint: Record, world: World) -> Step:
    """Replace replicas that died; stop those that an update has retired, once their last answers are
    given."""
    found, current, dead = _kept_up(endpoint, world, replicas.known(endpoint.private))
    leaving = replicas.phases(world, replicas.retired(endpoint.private))
    reading = logs.read(endpoint, world, [*found, *leaving])
    retired = [*_retire(endpoint, world, leaving), *dead]
    changes = _state(endpoint.private, current) | reading.private | _retired(retired)
    changed = {name: value for name, value in changes.items() if endpoint.private.get(name) != value}
    drains = _drains(endpoint, world)
    hurries = reading.more or (retired and not drains)
    after = _HURRY if hurries else min(_pause(current, world), drains or _WATCH)
    return Step(private=changed, after=after, calls=reading.calls)


def _clear(endpoint: Record, world: World) -> Step:
    """Stop what a failed deployment has started, and log what it writes until its end."""
    leaving = replicas.phases(world, replicas.retired(endpoint.private))
    if not leaving:
        return Step()
    reading = logs.read(endpoint, world, leaving)
    private = reading.private | _retired(_retire(endpoint, world, leaving))
    return Step(private=private, after=_HURRY, calls=reading.calls)


def _pause(current: Sequence[Replica], world: World) -> float:
    """Return in how many seconds to look again: soon while a replica starts, or when the next attempt of
    one is due."""
    waits = [max(_HURRY, replica.not_before - world.now) for replica in current if not replica.ready]
    return min([_WATCH, *waits])


def _kept_up(
    endpoint: Record, world: World, current: Sequence[Replica]
) -> tuple[list[Seen], list[Replica], list[Replica]]:
    """Return what was found of the serving replicas, those that serve now (a new one for each that died),
    and those that died."""
    found = [replicas.look(endpoint, world, replica, ping=False) for replica in current]
    dead = [one.replica for one in found if one.died]
    for replica in dead:
        world.runs.stop(replica.run, STOP_GRACE)  # it may be alive without answering
    now = [replicas.next_attempt(endpoint, world, one.replica) if one.died else one.replica for one in found]
    return found, now, dead


def _remove(endpoint: Record, world: World) -> Step:
    """Stop everything, log it to its end, then delete the record."""
    seen = replicas.phases(world, _possible(endpoint))
    going = [one for one in seen if not _is_done(endpoint, one)]
    _stop(going, world)
    if going:
        reading = logs.read(endpoint, world, seen)
        return Step(private=reading.private, after=_HURRY, calls=reading.calls)
    for one in seen:
        world.runs.forget(one.replica.run)
    return Step(delete=True)


def _is_done(endpoint: Record, one: Seen) -> bool:
    """Return whether a run may be forgotten: it has ended, and the record says that its output was read."""
    return one.phase == "absent" or (one.ended and logs.is_read(endpoint, one.replica.run))


def _stop(seen: Sequence[Seen], world: World) -> None:
    for one in seen:
        if one.phase in containers.STOPPABLE:
            world.runs.stop(one.replica.run, STOP_GRACE)


def _possible(endpoint: Record) -> list[Replica]:
    """Return all replicas whose runs there may be: those in the record, and those started by a step that was
    never written."""
    known = [*replicas.known(endpoint.private), *replicas.retired(endpoint.private)]
    every = [
        *known,
        *(replicas.fresh(endpoint, place) for place in _wanted(endpoint.private)),
        *(replicas.fresh(endpoint, replica.place, replica.attempt + 1) for replica in known),
    ]
    return list({replica.run: replica for replica in every}.values())


def _fail(endpoint: Record, world: World, reason: str, reading: Reading) -> Step:
    """End a deployment: a new endpoint fails, an updated one goes on with what it served before."""
    doc = endpoint.private
    served, generation = doc.get("served"), doc.get("served_generation")
    places = set(_wanted({"plan": served, "generation": generation})) if served else set()
    present = {replica.place: replica for replica in replicas.known(doc)}
    present |= {p: replicas.fresh(endpoint, p) for p in _wanted(doc) if p not in present}
    kept = [replica for place, replica in present.items() if place in places]
    dropped = [replica for place, replica in present.items() if place not in places]
    for replica in dropped:
        world.runs.stop(replica.run, STOP_GRACE)
    changes = _state(doc, kept) | reading.private | _retired([*replicas.retired(doc), *dropped])
    failure = {"FailureReason": reason}
    if not served:
        return Step("Failed", failure, _HURRY, reading.calls, private=changes)
    changes |= {"plan": served, "generation": generation, "retired_at": world.now}
    return Step("InService", failure, _WATCH, reading.calls, private=changes)


def _wanted(doc: dict[str, Any]) -> list[Place]:
    """Return the places of the plan."""
    return [
        (doc["generation"], variant["VariantName"], number, container)
        for variant in doc["plan"]["variants"]
        for number in range(int(variant.get("InitialInstanceCount", 1)))
        for container in range(len(containers_of(variant["_model"])))
    ]


def _state(doc: dict[str, Any], current: Sequence[Replica]) -> dict[str, Any]:
    last = max([doc.get("last_attempt", 0), *(replica.attempt for replica in current)])
    return {"replicas": [replica.doc for replica in current], "last_attempt": last}


def _retired(left: Sequence[Replica]) -> dict[str, Any]:
    """Return the private member that remembers the replicas that are still to be stopped and forgotten."""
    return {"retired": [replica.doc for replica in left] or None}


def _retire(endpoint: Record, world: World, leaving: Sequence[Seen]) -> list[Replica]:
    """Stop retired replicas a moment after the traffic has left them, and forget those that have ended and
    whose output was read. Return the others."""
    if _drains(endpoint, world):
        return [one.replica for one in leaving]
    done = [one for one in leaving if _is_done(endpoint, one)]
    left = [one for one in leaving if one not in done]
    _stop(left, world)
    for one in done:
        world.runs.forget(one.replica.run)
    return [one.replica for one in left]


def _drains(endpoint: Record, world: World) -> float:
    """Return in how many seconds retired replicas may be stopped; 0 once they may."""
    return max(0.0, endpoint.private.get("retired_at", 0.0) + _drain(endpoint) - world.now)


def _drain(endpoint: Record) -> float:
    """Return how many seconds the old replicas stay after an update."""
    policy = _policy(endpoint)
    wait = policy.get("TrafficRoutingConfiguration", {}).get("WaitIntervalInSeconds", 0)
    return max(_DRAIN, float(wait + policy.get("TerminationWaitInSeconds", 0)))
