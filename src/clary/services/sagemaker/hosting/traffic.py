"""Where the traffic of an endpoint goes: the private members of its record that deployments write and the runtime reads.

    plan, generation            what is wanted: the variants, and which deployment of them
    served, served_generation   the plan that gets the traffic, and its deployment; absent before the first is done
    replicas                    what runs, of both

Knows no program: what a replica is otherwise is in replicas.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from clary.plane import Record
from clary.services.sagemaker.service import sagemaker

ENDPOINT = sagemaker.kind("Endpoint")

Private = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Share:
    """What one variant gets: its weight, the sockets of the replicas that answer for it, how many invocations at once (0:
    any number), and the role of its model."""

    name: str
    weight: float
    sockets: tuple[str, ...]
    concurrency: int
    role: str | None


def shares(endpoint: Record) -> Iterator[Share]:
    """Yield the variants that get traffic. During a deployment the replicas of the next generation answer already, and get
    none."""
    sockets = _sockets(endpoint.private)
    for variant in (endpoint.private.get("served") or {"variants": []})["variants"]:
        name = variant["VariantName"]
        yield Share(
            name,
            float(variant["InitialVariantWeight"]),
            tuple(sockets.get(name, ())),
            variant.get("ServerlessConfig", {}).get("MaxConcurrency", 0),
            variant["_model"].get("ExecutionRoleArn"),
        )


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
    """Return how many replicas answer for a variant that gets traffic."""
    return len(_sockets(private).get(variant, ()))


def _sockets(private: Private) -> dict[str, list[str]]:
    """Return the sockets of the served generation, by variant."""
    found: dict[str, list[str]] = {}
    for replica in private.get("replicas", []):
        if replica["ready"] and replica["generation"] == private.get("served_generation"):
            found.setdefault(replica["variant"], []).append(replica["socket"])
    return found
