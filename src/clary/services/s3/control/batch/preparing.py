"""Make the tasks of a job: from a manifest, or from a bucket. How far that is, is in the record's private part."""

from __future__ import annotations

from clary.plane import Record, Step, World
from clary.services.s3.control.batch import generated, manifests, output, rows
from clary.services.s3.control.batch.errors import JobFailure
from clary.services.s3.control.batch.requests import INVENTORY


def prepare(job: Record, world: World) -> Step | None:
    """Read the next part of the list; return None when all tasks are there. Raise JobFailure."""
    known = job.private.get("list") or {"at": 0, "number": 1, "whole": False}
    if known["whole"]:
        return _generated(job, world)
    if "ManifestGenerator" in job.spec:
        return _list(job, world, known)
    manifest = job.spec["Manifest"]
    is_inventory = manifest["Spec"]["Format"] == INVENTORY
    read = manifests.read_inventory if is_inventory else manifests.read_csv
    found = read(world, manifest, known["at"], known["number"])
    return _step(job, found.at, found.number, found.is_whole)


def _list(job: Record, world: World, known: dict) -> Step:  # type: ignore[type-arg]
    generator = job.spec["ManifestGenerator"]["S3JobManifestGenerator"]
    found = generated.list_objects(world, generator, known["at"] or None, known["number"])
    return _step(job, found.after, found.number, found.after is None)


def _step(job: Record, at: object, number: int, is_whole: bool) -> Step:
    """Return the step that keeps how far the list was read. `number` is that of the next task."""
    if is_whole and number == 1:
        raise JobFailure("EmptyManifest", "No object is in the manifest, or none matches the filter.")
    total = number - 1
    private = {"list": {"at": at, "number": number, "whole": is_whole}}
    return Step(private=private, after=0.0, writes=(lambda tx: rows.set_total(tx, job.id, total),))


def _generated(job: Record, world: World) -> Step | None:
    """Write a generated list into a bucket, where the request asks for it."""
    generator = (job.spec.get("ManifestGenerator") or {}).get("S3JobManifestGenerator") or {}
    if not generator.get("EnableManifestOutput") or "GeneratedManifestDescriptor" in job.observed:
        return None
    return output.write(job, world, generator["ManifestOutputLocation"])
