"""Deployments: how an endpoint gets the replicas that its plan wants. They are started, watched, replaced and
retired.

Of the record's private members, `plan` is what is wanted, `replicas` is what runs, and `served` gets the
traffic (traffic.py). Nothing here is on the path of an invocation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from clary.plane import Call, Record, Step, World
from clary.services.sagemaker.hosting import replicas, traffic
from clary.services.sagemaker.hosting.replicas import STOP_GRACE, Replica, Seen
from clary.workloads import containers, log_journal
from clary.workloads.log_journal import Log

LOG_GROUP = "/aws/sagemaker/Endpoints/"
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
    calls, logs = _logs(endpoint, world, [*up, *found])
    reason = next((one.reason for one in up if one.died), "") or _out_of_time(endpoint, world)
    if reason:
        return _fail(endpoint, world, reason, calls, logs)
    current = [one.replica for one in up]
    retired = _retired(doc, dead)
    if not all(replica.ready for replica in current):
        changes = _state(doc, current + left) | {"logs": logs, "retired": retired}
        return Step(private=changes, after=_HURRY, calls=calls)
    leaving = {"retired": _retired({"retired": retired}, left), "retired_at": world.now}
    private = _state(doc, current) | {"logs": logs} | traffic.move_to_plan(doc) | leaving
    return Step("InService", {"FailureReason": None}, _WATCH, calls, private=private)


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
    calls, logs = _logs(endpoint, world, found)
    changes = _state(endpoint.private, current) | {
        "logs": logs,
        "retired": _retired(_retire(endpoint, world), dead),
    }
    changed = {name: value for name, value in changes.items() if endpoint.private.get(name) != value}
    after = _HURRY if changes["retired"] else _pause(current, world)
    return Step(private=changed, after=after, calls=calls)


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
    """Stop everything, then delete the record."""
    runs = _possible_runs(endpoint)
    alive = [run for run in runs if world.runs.inspect(run).phase in containers.STOPPABLE]
    for run in alive:
        world.runs.stop(run, STOP_GRACE)
    if alive:
        return Step(after=_HURRY)
    for run in runs:
        world.runs.forget(run)
    return Step(delete=True)


def _possible_runs(endpoint: Record) -> list[str]:
    """Return the ids of all runs there may be: those in the record, and those started by a step that was
    never written."""
    known = [
        *replicas.known(endpoint.private),
        *(Replica(**one) for one in endpoint.private.get("retired") or []),
    ]
    every = [
        *known,
        *(replicas.fresh(endpoint, place) for place in _wanted(endpoint.private)),
        *(replicas.fresh(endpoint, replica.place, replica.attempt + 1) for replica in known),
    ]
    return list(dict.fromkeys(replica.run for replica in every))


def _fail(endpoint: Record, world: World, reason: str, calls: tuple[Call, ...], logs: dict[str, Any]) -> Step:
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
    changes = _state(doc, kept) | {"logs": logs, "retired": _retired(doc, dropped)}
    failure = {"FailureReason": reason}
    if not served:
        return Step("Failed", failure, None, calls, private=changes)
    changes |= {"plan": served, "generation": generation, "retired_at": world.now}
    return Step("InService", failure, _WATCH, calls, private=changes)


def _wanted(doc: dict[str, Any]) -> list[tuple[int, str, int]]:
    """Return the places of the plan: generation, variant, number."""
    return [
        (doc["generation"], variant["VariantName"], number)
        for variant in doc["plan"]["variants"]
        for number in range(int(variant.get("InitialInstanceCount", 1)))
    ]


def _state(doc: dict[str, Any], current: Sequence[Replica]) -> dict[str, Any]:
    last = max([doc.get("last_attempt", 0), *(replica.attempt for replica in current)])
    return {"replicas": [replica.doc for replica in current], "last_attempt": last}


def _retired(doc: dict[str, Any], more: Sequence[Replica]) -> list[dict[str, Any]] | None:
    """Return what is still to be stopped and forgotten, with `more` added; None if there is nothing."""
    return [*(doc.get("retired") or []), *(replica.doc for replica in more)] or None


def _retire(endpoint: Record, world: World) -> dict[str, Any]:
    """Stop retired replicas a moment after the traffic has left them. Return the members that keep the
    others."""
    retired = endpoint.private.get("retired") or []
    if not retired or world.now - endpoint.private.get("retired_at", 0) < _drain(endpoint):
        return {"retired": retired}
    left = []
    for entry in retired:
        if world.runs.inspect(entry["run"]).phase in containers.STOPPABLE:
            world.runs.stop(entry["run"], STOP_GRACE)
            left.append(entry)
        else:
            world.runs.forget(entry["run"])
    return {"retired": left}


def _drain(endpoint: Record) -> float:
    """Return how many seconds the old replicas stay after an update."""
    policy = _policy(endpoint)
    wait = policy.get("TrafficRoutingConfiguration", {}).get("WaitIntervalInSeconds", 0)
    return max(_DRAIN, float(wait + policy.get("TerminationWaitInSeconds", 0)))


def _logs(endpoint: Record, world: World, seen: Sequence[Seen]) -> tuple[tuple[Call, ...], dict[str, Any]]:
    """Return the calls that log what every replica wrote, each into a stream of its own, and how far each
    was read."""
    calls: list[Call] = []
    logs: dict[str, Any] = {}
    before = endpoint.private.get("logs", {})
    for one in seen:
        replica = one.replica
        memory = endpoint.evolve(doc={"private": {"offsets": before.get(replica.run, {})}})
        stream = f"{replica.variant}/{replicas.instance_id(replica)}"
        to = Log(LOG_GROUP + endpoint.id, {"algo-1": stream})
        entries = log_journal.read(memory, world, replica.run, to, last=one.died)
        calls += [call for call in entries.calls if call.operation != "CreateLogGroup" or call not in calls]
        logs[replica.run] = entries.offsets
    return tuple(calls), logs
