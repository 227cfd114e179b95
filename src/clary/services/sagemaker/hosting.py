"""What moves an endpoint: replicas of its variants are started, watched, replaced and retired.

The record's `_plan` is what is wanted, `_replicas` what there is, `_served` what traffic goes to. The runtime reads
`_served` and the ready replicas; nothing here is on the path of an invocation.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any

from clary.plane import Call, Record, Step, World
from clary.runs import mux
from clary.runs.api import Host, RunSpec
from clary.services.sagemaker import containers, journal, packages
from clary.services.sagemaker.instances import resources_of
from clary.services.sagemaker.models import served

LOG_GROUP = "/aws/sagemaker/Endpoints/"
_WATCH = 1.0
_HURRY = 0.05
_HEALTH_CHECK_SECONDS = 240.0
_STOP_GRACE = 30.0
_DRAIN = 1.0


@dataclass(frozen=True, slots=True)
class Replica:
    """One running copy of a variant. `attempt` goes up when it is replaced; `socket` is where it answers."""

    variant: str
    generation: int
    number: int
    attempt: int
    run: str
    socket: str = ""
    ready: bool = False

    @property
    def doc(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    @property
    def place(self) -> tuple[int, str, int]:
        return self.generation, self.variant, self.number


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
    """Bring every replica of the plan up beside what is served; move the traffic when all of them answer."""
    doc = endpoint.doc
    wanted = _wanted(doc)
    now = {replica.place: replica for replica in _replicas(doc)}
    fresh = [
        _look(endpoint, world, now.get(place) or _replica(endpoint, place), start=True) for place in wanted
    ]
    others, dead = _watched(
        endpoint, world, [replica for place, replica in now.items() if place not in set(wanted)]
    )
    calls, logs = _logs(endpoint, world, [*fresh, *((replica, False) for replica in others)])
    failed = next((replica.variant for replica, died in fresh if died), None)
    if failed or world.now - doc["_since"] > _patience(doc):
        return _fail(endpoint, world, failed or wanted[0][1], calls, logs)
    up = [replica for replica, _ in fresh]
    replaced = _retired(doc, dead)
    if not all(replica.ready for replica in up):
        changes = _state(up + others) | {"_logs": logs, "_retired": replaced}
        return Step(set=changes, after=_HURRY, calls=calls)
    served_now = {"_served": doc["_plan"], "_served_generation": doc["_generation"], "FailureReason": None}
    retired = {"_retired": _retired({"_retired": replaced}, others), "_retired_at": world.now}
    return Step("InService", _state(up) | {"_logs": logs} | served_now | retired, _WATCH, calls)


def _keep(endpoint: Record, world: World) -> Step:
    """Replace what died; stop what an update left behind once its last answers are given."""
    seen = [_look(endpoint, world, replica, start=False) for replica in _replicas(endpoint.doc)]
    calls, logs = _logs(endpoint, world, seen)
    current = [_next_attempt(endpoint, world, replica) if died else replica for replica, died in seen]
    dead = [replica for replica, died in seen if died]
    changes = _state(current) | {"_logs": logs, "_retired": _retired(_retire(endpoint, world), dead)}
    hurry = not all(replica.ready for replica in current) or bool(changes["_retired"])
    changed = {name: value for name, value in changes.items() if endpoint.doc.get(name) != value}
    return Step(set=changed, after=_HURRY if hurry else _WATCH, calls=calls)


def _watched(endpoint: Record, world: World, replicas: list[Replica]) -> tuple[list[Replica], list[Replica]]:
    """Replicas that serve while others come up: those that died are replaced as ever. And those that died."""
    seen = [_look(endpoint, world, replica, start=False) for replica in replicas]
    current = [_next_attempt(endpoint, world, replica) if died else replica for replica, died in seen]
    return current, [replica for replica, died in seen if died]


def _remove(endpoint: Record, world: World) -> Step:
    """Stop everything, then forget the record."""
    runs = _possible_runs(endpoint)
    alive = [run for run in runs if world.runs.inspect(run).phase in ("preparing", "running", "uploading")]
    for run in alive:
        world.runs.stop(run, _STOP_GRACE)
    if alive:
        return Step(after=_HURRY)
    for run in runs:
        world.runs.forget(run)
    return Step(delete=True)


def _possible_runs(endpoint: Record) -> list[str]:
    """Every run that there may be: those of the record, and those which a step started that was never written."""
    known = [*_replicas(endpoint.doc), *(Replica(**entry) for entry in endpoint.doc.get("_retired") or [])]
    replicas = [
        *known,
        *(_replica(endpoint, place) for place in _wanted(endpoint.doc)),
        *(_replica(endpoint, replica.place, replica.attempt + 1) for replica in known),
    ]
    return list(dict.fromkeys(replica.run for replica in replicas))


def _fail(
    endpoint: Record, world: World, variant: str, calls: tuple[Call, ...], logs: dict[str, Any]
) -> Step:
    """A new endpoint fails; an updated one goes on as it was."""
    reason = (
        f"The primary container for production variant {variant} did not pass the ping health check. "
        f"Please check CloudWatch logs for this endpoint."
    )
    doc = endpoint.doc
    served_plan, generation = doc.get("_served"), doc.get("_served_generation")
    places = set(_wanted({"_plan": served_plan, "_generation": generation})) if served_plan else set()
    kept = [replica for replica in _replicas(doc) if replica.place in places]
    dropped = [replica for replica in _replicas(doc) if replica.place not in places]
    for replica in dropped:
        world.runs.stop(replica.run, _STOP_GRACE)
    changes = _state(kept) | {"_logs": logs, "FailureReason": reason, "_retired": _retired(doc, dropped)}
    if not served_plan:
        return Step("Failed", changes, None, calls)
    changes |= {"_plan": served_plan, "_generation": generation, "_retired_at": world.now}
    return Step("InService", changes, _WATCH, calls)


def _wanted(doc: dict[str, Any]) -> list[tuple[int, str, int]]:
    """The places of the plan: generation, variant, number."""
    return [
        (doc["_generation"], variant["VariantName"], number)
        for variant in doc["_plan"]["variants"]
        for number in range(int(variant.get("InitialInstanceCount", 1)))
    ]


def _replicas(doc: dict[str, Any]) -> list[Replica]:
    return [Replica(**entry) for entry in doc.get("_replicas", [])]


def _state(replicas: list[Replica]) -> dict[str, Any]:
    return {"_replicas": [replica.doc for replica in replicas]}


def _replica(endpoint: Record, place: tuple[int, str, int], attempt: int = 1) -> Replica:
    generation, variant, number = place
    run = containers.run_id(endpoint, f"-g{generation}-{variant}-{number}-a{attempt}")
    return Replica(variant, generation, number, attempt, run)


def _look(endpoint: Record, world: World, replica: Replica, *, start: bool) -> tuple[Replica, bool]:
    """The replica as it is now, and whether it has died."""
    state = world.runs.inspect(replica.run)
    if state.phase == "absent":
        world.runs.start(replica.run, spec_of(endpoint, world, replica.variant, replica.generation))
        return replace(replica, ready=False), False
    if state.phase in ("exited", "lost"):
        return replace(replica, ready=False), True
    folder = state.sockets.get("algo-1", "")
    path = f"{folder}/{mux.SOCKET_NAME}" if folder else ""
    if replica.ready and replica.socket == path and not start:
        return replica, False
    return replace(replica, socket=path, ready=bool(path) and mux.answers(path)), False


def _next_attempt(endpoint: Record, world: World, dead: Replica) -> Replica:
    """A fresh run in the place of a dead one, which is forgotten only when this has been written: a run that is
    absent and in the record is started again."""
    fresh = _replica(endpoint, dead.place, dead.attempt + 1)
    world.runs.start(fresh.run, spec_of(endpoint, world, fresh.variant, fresh.generation))
    return fresh


def _retired(doc: dict[str, Any], replicas: list[Replica]) -> list[dict[str, Any]] | None:
    """What is to be stopped and forgotten, with some more of it; None when there is nothing."""
    return [*(doc.get("_retired") or []), *(replica.doc for replica in replicas)] or None


def _retire(endpoint: Record, world: World) -> dict[str, Any]:
    """Stop replaced replicas a moment after the traffic has left them; those that are still there."""
    retired = endpoint.doc.get("_retired") or []
    if not retired or world.now - endpoint.doc.get("_retired_at", 0) < _DRAIN:
        return {"_retired": retired}
    left = []
    for entry in retired:
        if world.runs.inspect(entry["run"]).phase in ("preparing", "running", "uploading"):
            world.runs.stop(entry["run"], _STOP_GRACE)
            left.append(entry)
        else:
            world.runs.forget(entry["run"])
    return {"_retired": left}


def _patience(doc: dict[str, Any]) -> float:
    given = [
        variant.get("ContainerStartupHealthCheckTimeoutInSeconds") for variant in doc["_plan"]["variants"]
    ]
    return float(max([seconds for seconds in given if seconds] or [_HEALTH_CHECK_SECONDS]))


def _logs(
    endpoint: Record, world: World, seen: list[tuple[Replica, bool]]
) -> tuple[tuple[Call, ...], dict[str, Any]]:
    """What every replica wrote, each into a stream of its own: the calls to make and how far each was read."""
    calls: list[Call] = []
    logs: dict[str, Any] = {}
    before = endpoint.doc.get("_logs", {})
    for replica, died in seen:
        memory = endpoint.evolve(doc={"_offsets": before.get(replica.run, {})})
        streams = {"algo-1": f"{replica.variant}/{instance_id(replica)}"}
        entries = journal.read(memory, world, replica.run, LOG_GROUP + endpoint.id, streams, last=died)
        calls += [call for call in entries.calls if call.operation != "CreateLogGroup" or call not in calls]
        logs[replica.run] = entries.offsets
    return tuple(calls), logs


def instance_id(replica: Replica) -> str:
    """An id of the form that EC2 gives its instances, which name the log streams of an endpoint."""
    return "i-" + hashlib.sha256(replica.run.encode()).hexdigest()[:17]


def spec_of(endpoint: Record, world: World, variant_name: str, generation: int) -> RunSpec:
    """The run of one replica: the model's own server, answering on a socket. What is replaced during an update is
    replaced by the model that its generation serves."""
    doc = endpoint.doc
    newest = generation == doc["_generation"] or not doc.get("_served")
    plans = [doc["_plan"], doc.get("_served")] if newest else [doc["_served"], doc["_plan"]]
    variant = next(v for plan in plans if plan for v in plan["variants"] if v["VariantName"] == variant_name)
    model = Record("Model", endpoint.scope, variant["ModelName"], doc=variant["_model"])
    serving = served(model, packages.containers_of(model, world))
    instance_type = variant.get("InstanceType", "ml.m5.large")
    spec = RunSpec(
        command=serving.command,
        hosts=(Host("algo-1"),),
        env={"SAGEMAKER_ENDPOINT_NAME": endpoint.id, **serving.env},
        folders=("model", "output"),
        inputs=serving.inputs,
        resources=resources_of(instance_type, variant.get("VolumeSizeInGB", 30), hosting=True),
        stop_grace=_STOP_GRACE,
        network_isolation=serving.network_isolation,
        sockets=True,
    )
    return containers.at_home(spec, endpoint, world)
