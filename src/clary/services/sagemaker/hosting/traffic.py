"""Where the traffic of an endpoint goes: the private members of its record that deployments write and the runtime reads.

    plan, generation            what is wanted: the variants, and which deployment of them
    served, served_generation   the plan that gets the traffic, and its deployment; absent before the first is done
    replicas                    what runs, of both

Knows no program: what a replica is otherwise is in replicas.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from clary.plane import Record
from clary.services.sagemaker.hosting import serving
from clary.services.sagemaker.service import sagemaker

ENDPOINT = sagemaker.kind("Endpoint")

Private = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """One container of a variant's model: its name, the sockets of the replicas that run it, and whether it serves many
    models."""

    name: str
    sockets: tuple[str, ...]
    multi_model: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """What one variant gets: its weight, the containers of its model in their order, how many invocations at once (0:
    any number), and the role of its model. `direct`: each invocation names its container."""

    name: str
    weight: float
    parts: tuple[Part, ...]
    concurrency: int
    role: str | None
    direct: bool = False


def shares(endpoint: Record) -> Iterator[Share]:
    """Yield the variants that get traffic. During a deployment the replicas of the next generation answer already, and get
    none."""
    sockets = _sockets(endpoint.private)
    for variant in (endpoint.private.get("served") or {"variants": []})["variants"]:
        name, model = variant["VariantName"], variant["_model"]
        yield Share(
            name,
            float(variant["InitialVariantWeight"]),
            tuple(_parts(model, sockets.get(name, {}))),
            variant.get("ServerlessConfig", {}).get("MaxConcurrency", 0),
            model.get("ExecutionRoleArn"),
            serving.is_direct(model),
        )


def _parts(model: dict[str, Any], sockets: Mapping[tuple[int, int], str]) -> Iterator[Part]:
    for index, container in enumerate(serving.containers(model)):
        mine = tuple(path for (_, of), path in sockets.items() if of == index)
        yield Part(serving.name_of(model, index), mine, serving.is_multi_model(container))


def served_capture(endpoint: Record) -> dict[str, Any] | None:
    """Return the DataCaptureConfig by which the traffic is captured now."""
    return (endpoint.private.get("served") or {}).get("capture")


def planned_capture(endpoint: Record) -> dict[str, Any] | None:
    """Return the DataCaptureConfig of the plan, which a deployment may still bring up."""
    return endpoint.private["plan"].get("capture")


def planned_variants(endpoint: Record) -> list[str]:
    """Return the names of the variants of the plan."""
    return [variant["VariantName"] for variant in endpoint.private["plan"]["variants"]]


def move_to_plan(private: Private) -> dict[str, Any]:
    """Return the members of a record whose traffic goes to its plan from now on."""
    return {"served": private["plan"], "served_generation": private["generation"]}


def ready(private: Private, variant: str) -> int:
    """Return how many instances answer with all their containers for a variant that gets traffic."""
    plan = private.get("served") or {"variants": []}
    known = next((one for one in plan["variants"] if one["VariantName"] == variant), None)
    whole = len(serving.containers(known["_model"])) if known else 1
    counts = Counter(number for number, _ in _sockets(private).get(variant, {}))
    return sum(count == whole for count in counts.values())


def _sockets(private: Private) -> dict[str, dict[tuple[int, int], str]]:
    """Return the sockets of the served generation, by variant, number and container."""
    found: dict[str, dict[tuple[int, int], str]] = {}
    for replica in private.get("replicas", []):
        if replica["ready"] and replica["generation"] == private.get("served_generation"):
            place = (replica["number"], replica.get("container", 0))
            found.setdefault(replica["variant"], {})[place] = replica["socket"]
    return found
