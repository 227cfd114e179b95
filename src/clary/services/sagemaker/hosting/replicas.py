"""One replica of an endpoint's variant: its run, whether it answers, when it failed, when to try again.

Knows no plan: deployment.py decides which replicas there are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from clary.plane import Record, World
from clary.runs import mux
from clary.runs.api import Host, Phase, RunSpec, RunState
from clary.services.sagemaker.hosting import serving
from clary.services.sagemaker.hosting.models import recalled
from clary.services.sagemaker.instances import resources_of
from clary.services.sagemaker.registry.containers import containers_of
from clary.workloads import containers

STOP_GRACE = 30.0
# AWS's default of ContainerStartupHealthCheckTimeoutInSeconds is four minutes; the longest download it allows an hour.
_HEALTH_CHECK_SECONDS = 240.0
_DOWNLOAD_SECONDS = 3600.0
_CAPACITY_SECONDS = 600.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 60.0


Place = tuple[int, str, int, int]
"""Generation, variant, number, and which container of the model."""


@dataclass(frozen=True, slots=True)
class Replica:
    """One running copy of a variant. `attempt` goes up when it is replaced; `socket` is where it answers.

    `failures` counts deaths in a row before it answered. `not_before` is when the next attempt may start,
    `since` when this one did (epoch seconds; 0: not yet). A model of several containers has a replica for each, by its index;
    `name` is how AWS calls the container, which is remembered since a retired replica's variant may be in no plan any more.
    """

    variant: str
    generation: int
    number: int
    attempt: int
    run: str
    socket: str = ""
    ready: bool = False
    failures: int = 0
    not_before: float = 0.0
    since: float = 0.0
    container: int = 0
    name: str = "primary"

    @property
    def doc(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    @property
    def place(self) -> Place:
        return self.generation, self.variant, self.number, self.container


@dataclass(frozen=True, slots=True)
class Seen:
    """A replica as it was found. `reason` is empty while it lives, else AWS's sentence about its end."""

    replica: Replica
    phase: Phase
    reason: str = ""

    @property
    def died(self) -> bool:
        """Return whether it must be replaced. Its run may still go on, without answering."""
        return bool(self.reason)

    @property
    def ended(self) -> bool:
        return self.phase in ("exited", "lost")


def known(doc: dict[str, Any]) -> list[Replica]:
    """Return the replicas in an endpoint's private members."""
    return [Replica(**entry) for entry in doc.get("replicas", [])]


def retired(doc: dict[str, Any]) -> list[Replica]:
    """Return the replicas that are still to be stopped, read to the end and forgotten."""
    return [Replica(**entry) for entry in doc.get("retired") or []]


def phases(world: World, every: Iterable[Replica]) -> list[Seen]:
    """Return replicas with the phases of their runs. Starts nothing."""
    return [Seen(replica, world.runs.inspect(replica.run).phase) for replica in every]


def fresh(endpoint: Record, place: Place, attempt: int = 0) -> Replica:
    """Return a new replica for a place. Its attempt is above all others of the endpoint, so that its run
    has a new name."""
    generation, variant, number, container = place
    attempt = attempt or endpoint.private.get("last_attempt", 0) + 1
    of_several = f"-c{container}" if container else ""
    run = containers.run_id(endpoint, f"-g{generation}-{variant}-{number}-a{attempt}{of_several}")
    name = _name(endpoint.private, place)
    return Replica(variant, generation, number, attempt, run, container=container, name=name)


def _name(doc: dict[str, Any], place: Place) -> str:
    generation, variant, _, container = place
    models = [one["_model"] for one in _plans(doc, generation) if one["VariantName"] == variant]
    return serving.name_of(models[0], container) if models else "primary"


def look(endpoint: Record, world: World, replica: Replica, *, ping: bool) -> Seen:
    """Return the replica as it is now, started if it should run. With `ping` one that answered before is
    asked again."""
    state = world.runs.inspect(replica.run)
    if state.phase == "absent":
        started = _start(endpoint, world, replica)
        return Seen(started, state.phase, _no_capacity(endpoint, world, started) if ping else "")
    if state.phase in ("exited", "lost"):
        return Seen(replace(replica, ready=False), state.phase, _why(endpoint, replica, state))
    folder = state.sockets.get("algo-1", "")
    path = f"{folder}/{mux.SOCKET_NAME}" if folder else ""
    if replica.ready and replica.socket == path and not ping:
        return Seen(replica, state.phase)
    if path and mux.answers(path):
        # It answers, so its start did not fail: if it dies later, the next attempt need not wait.
        return Seen(replace(replica, socket=path, ready=True, failures=0), state.phase)
    late = _late(endpoint, world, replica, state)
    return Seen(replace(replica, socket=path, ready=False), state.phase, late)


def _start(endpoint: Record, world: World, replica: Replica) -> Replica:
    if world.now < replica.not_before:
        return replica
    if not world.runs.start(replica.run, spec_of(endpoint, world, replica)):
        return replica
    return replace(replica, ready=False, since=replica.since or world.now)


def _no_capacity(endpoint: Record, world: World, replica: Replica) -> str:
    """Return why a deployment that found no capacity must end, or nothing. While it goes on, its endpoint
    can be neither updated nor deleted."""
    if replica.since or world.now - endpoint.private["since"] <= _CAPACITY_SECONDS:
        return ""
    return (
        "Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error. Please retry "
        "using a different ML instance type or after some time."
    )


def next_attempt(endpoint: Record, world: World, dead: Replica) -> Replica:
    """Return a new replica in the place of a dead one. It starts after a pause that grows while replicas die
    before they ever answer.

    The dead run is forgotten only when this has been written, since a run that is absent and in the record is
    started.
    """
    failures = dead.failures + 1
    pause = 0.0 if failures == 1 else min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(failures - 2, 10))
    following = fresh(endpoint, dead.place, dead.attempt + 1)
    return _start(endpoint, world, replace(following, failures=failures, not_before=world.now + pause))


def _late(endpoint: Record, world: World, replica: Replica, state: RunState) -> str:
    """Return why a replica that does not answer has had its time, or nothing while it has not."""
    variant = variant_of(endpoint.private, replica.variant, replica.generation)
    began = replica.since or endpoint.private["since"]
    running = next((at for name, at in state.steps if name == "Running"), None)
    if running is None and state.phase == "preparing":
        limit = variant.get("ModelDataDownloadTimeoutInSeconds") or _DOWNLOAD_SECONDS
        return _no_data(endpoint, replica) if world.now - began > limit else ""
    limit = variant.get("ContainerStartupHealthCheckTimeoutInSeconds") or _HEALTH_CHECK_SECONDS
    return _no_ping(replica) if world.now - (running or began) > limit else ""


def _why(endpoint: Record, replica: Replica, state: RunState) -> str:
    """Return AWS's sentence about a replica that ended."""
    if state.reason == "download":
        return _no_archive(endpoint, replica) if "archive" in state.detail else _no_data(endpoint, replica)
    if state.reason == "image":
        return state.detail
    if state.reason == "start":
        return (
            f"CannotStartContainerError. Please ensure the model container for variant {replica.variant} starts "
            "correctly when invoked with 'docker run <image> serve'."
        )
    return _no_ping(replica)


def _no_ping(replica: Replica) -> str:
    """Return AWS's sentence; that of a container among several is in aws/amazon-sagemaker-examples, issue 1072."""
    which = "primary container" if replica.name == "primary" else replica.name
    return (
        f"The {which} for production variant {replica.variant} did not pass the ping health check. "
        "Please check CloudWatch logs for this endpoint."
    )


def _no_data(endpoint: Record, replica: Replica) -> str:
    return (
        f'Failed to download model data for container "container_{replica.container + 1}" from URL: "{_data_url(endpoint, replica)}". '
        "Please ensure that there is an object located at the URL and that the role passed to CreateModel has "
        "permissions to download the object."
    )


def _no_archive(endpoint: Record, replica: Replica) -> str:
    return (
        f'Failed to extract model data archive for container "container_{replica.container + 1}" from URL '
        f'"{_data_url(endpoint, replica)}". Please ensure that the object located at the URL is a valid tar.gz archive.'
    )


def _data_url(endpoint: Record, replica: Replica) -> str:
    model = variant_of(endpoint.private, replica.variant, replica.generation)["_model"]
    container = serving.containers(model)[replica.container]
    source = container.get("ModelDataSource", {}).get("S3DataSource", {})
    return container.get("ModelDataUrl") or source.get("S3Uri", "")


def instance_id(replica: Replica) -> str:
    """Return an id in the form of EC2's instance ids, which name the log streams of an endpoint."""
    of_all = replica.run.removesuffix(f"-c{replica.container}") if replica.container else replica.run
    return "i-" + hashlib.sha256(of_all.encode()).hexdigest()[:17]


def variant_of(doc: dict[str, Any], name: str, generation: int) -> dict[str, Any]:
    """Return a variant as its generation has it. A replica that is replaced during an update gets the plan
    that is served."""
    return next(one for one in _plans(doc, generation) if one["VariantName"] == name)


def _plans(doc: dict[str, Any], generation: int) -> list[dict[str, Any]]:
    """Return the variants of both plans, first those of the one that a generation has."""
    newest = generation == doc["generation"] or not doc.get("served")
    plans = [doc["plan"], doc.get("served")] if newest else [doc["served"], doc["plan"]]
    return [variant for plan in plans if plan for variant in plan["variants"]]


def spec_of(endpoint: Record, world: World, replica: Replica) -> RunSpec:
    """Return the run of one replica: the model's own server, which answers on a socket and has the rights
    of the model's role (ExecutionRoleArn,
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModel.html)."""
    variant = variant_of(endpoint.private, replica.variant, replica.generation)
    model = recalled(endpoint.scope, variant)
    found = serving.served(model, containers_of(model, world), replica.container)
    instance_type = variant.get("InstanceType", "ml.m5.large")
    spec = RunSpec(
        command=found.command,
        image=found.image,
        hosts=(Host("algo-1"),),
        env={"SAGEMAKER_ENDPOINT_NAME": endpoint.id, **found.env},
        folders=("model", "output"),
        inputs=found.inputs,
        resources=resources_of(instance_type, variant.get("VolumeSizeInGB", 30), hosting=True),
        stop_grace=STOP_GRACE,
        network_isolation=found.network_isolation,
        sockets=True,
    )
    return containers.at_home(spec, endpoint, world, replica.run, found.role)
