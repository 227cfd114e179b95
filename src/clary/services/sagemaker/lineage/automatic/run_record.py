"""What a job really ran with: the digests of its inputs and code, and the environment of its program.

Artifacts are made for URIs, and the data of a URI changes. So the facts of one run are kept in an artifact of its own, of
the type RunRecord, whose source is the job's ARN with an id that leaves the plain ARN to users; it is associated with
nothing, so that queries find what AWS's find.
The artifacts of inputs show the digests of the last run that fetched them. `clary reproduce` reads the record.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from clary.plane import Record
from clary.services.sagemaker.lineage.automatic.recorder import Recorder
from clary.workloads.library_lists import Environment

TYPE = "RunRecord"
ENVIRONMENT = "environment"  # in the place of a path below /opt/ml
_VALUE = 4096  # characters of a property
_TEXTS = 8  # properties that a long list may take


def write(to: Recorder, job: Record) -> None:
    """Write the record of an ended job, if its program ran."""
    if ran := _ran(job):
        environment = to.whole(ran.get("environment", {}))
        to.replace(job.arn, TYPE, dict(_facts(ran, environment)), TYPE)


def properties_of_input(job: Record, path: str) -> dict[str, str]:
    """Return what is shown at the artifact of an input: what was fetched to this path, or the environment."""
    if path == ENVIRONMENT:
        return dict(_environment(_ran(job).get("environment", {}), ("python", "digest")))
    fetched = next((one for one in _ran(job).get("inputs", ()) if path and one["path"] == path), None)
    return (
        {name.capitalize(): str(fetched[name]) for name in ("digest", "objects", "bytes")} if fetched else {}
    )


def properties_of_output(job: Record, uri: str) -> dict[str, str]:
    """Return what is shown at the artifact of an archive that the run made."""
    made = next((one for one in _ran(job).get("outputs", ()) if one["uri"] == uri), None)
    return {"Digest": made["digest"], "Bytes": str(made["bytes"])} if made else {}


def _ran(job: Record) -> Mapping[str, Any]:
    """Return what the platform noted of the run of an ended job (workloads/jobs.py)."""
    return job.private.get("ran") or {}


def _facts(ran: Mapping[str, Any], environment: Environment) -> Iterator[tuple[str, str]]:
    for one in ran.get("inputs", ()):
        yield f"Input:{one['path']}", json.dumps(one)
    for one in ran.get("outputs", ()):
        yield f"Output:{one['uri']}", json.dumps(one)
    if image := ran.get("image"):
        yield "Image:digest", image
    yield from _environment(environment, ("python", "machine", "digest"))
    for name in ("libraries", "installed"):
        text = environment.get(name, "")
        for number, start in enumerate(range(0, min(len(text), _VALUE * _TEXTS), _VALUE)):
            yield f"{name.capitalize()}:{number}", text[start : start + _VALUE]


def _environment(found: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for name in names:
        if found.get(name):
            yield f"Environment:{name}", found[name]
