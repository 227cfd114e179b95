"""ValidationSpecification: a model and a transform job, made in the user's account, that show whether a package works
(https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-mkt-create-model-package.html).

The package is Pending, then InProgress, and ends as its transform job does. Model and job have names that follow from the
package, so a step that is done again finds them. They stay, for people to look at.
"""

from __future__ import annotations

import hashlib
from typing import Any

from clary.kernel import AwsError
from clary.plane import Context, Record, Step, World
from clary.services.sagemaker import roles
from clary.services.sagemaker.registry.packages import VERSION
from clary.services.sagemaker.service import sagemaker
from clary.workloads import containers

Params = dict[str, Any]

_ENDED = ("Completed", "Failed")
_STATUSES = {"Completed": "Completed", "Failed": "Failed", "Stopped": "Failed"}
_SERVED = ("Image", "ModelDataUrl", "ModelDataSource", "Environment", "AdditionalModelDataSources")


def is_asked_by(params: Params) -> bool:
    """Return whether a request for a package asks for its validation."""
    return bool(params.get("ValidationSpecification", {}).get("ValidationProfiles"))


def require(ctx: Context, params: Params) -> None:
    """Raise what a role is refused for that the caller may not pass, or that SageMaker may not assume."""
    if is_asked_by(params):
        role = params["ValidationSpecification"]["ValidationRole"]
        roles.require(ctx, role, f"model-package/{params.get('ModelPackageName', 'new')}")


def pending(package: Record, now: float) -> Record:
    """Return a new package that is to be validated."""
    profile = package.spec["ValidationSpecification"]["ValidationProfiles"][0]
    doc = {**package.doc, "status": {**package.observed, **_details(profile["ProfileName"], "NotStarted")}}
    return package.evolve(doc=doc, status="Pending", due=now)


def _details(profile: str, status: str, reason: str = "") -> Params:
    item = {"Name": profile, "Status": status} | ({"FailureReason": reason} if reason else {})
    return {"ModelPackageStatusDetails": {"ValidationStatuses": [item], "ImageScanStatuses": []}}


@sagemaker.controller(VERSION)
def validate(package: Record, world: World) -> Step:
    """Begin the transform job of a package, and end with it."""
    if package.status in _ENDED:
        return Step()
    profile = package.spec["ValidationSpecification"]["ValidationProfiles"][0]
    name = _name_of(package, profile["ProfileName"])
    job = world.get(sagemaker.kind("TransformJob"), name)
    if job is None:
        return _begin(package, profile, name, world)
    if job.status not in _STATUSES:
        return Step(after=containers.POLL)
    return _end(profile, _STATUSES[job.status], job.observed.get("FailureReason", ""))


def _name_of(package: Record, profile: str) -> str:
    mark = hashlib.sha256(f"{package.arn} {package.created}".encode()).hexdigest()[:8]
    return f"{package.id.replace('/', '-')[:30].strip('-')}-{profile[:20].strip('-')}-{mark}"


def _begin(package: Record, profile: Params, name: str, world: World) -> Step:
    try:
        _make(package, profile, name, world)
    except AwsError as refusal:
        if not refusal.senders_fault:
            raise
        return _end(profile, "Failed", refusal.message)
    return Step("InProgress", _details(profile["ProfileName"], "InProgress"), after=containers.POLL)


def _make(package: Record, profile: Params, name: str, world: World) -> None:
    """Create the model, unless it is there already, and the job."""
    if world.get(sagemaker.kind("Model"), name) is None:
        (container, *_) = package.spec["InferenceSpecification"]["Containers"]
        served = {member: container[member] for member in _SERVED if member in container}
        role = package.spec["ValidationSpecification"]["ValidationRole"]
        asked = {"ModelName": name, "ExecutionRoleArn": role, "PrimaryContainer": served}
        world.call("sagemaker", "CreateModel", asked)
    job = {"TransformJobName": name, "ModelName": name, **profile["TransformJobDefinition"]}
    world.call("sagemaker", "CreateTransformJob", job)


def _end(profile: Params, status: str, reason: str) -> Step:
    return Step(status, _details(profile["ProfileName"], status, reason if status == "Failed" else ""))
