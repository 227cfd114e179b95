"""RegisterModel steps: the next version of a model package group, which is made where there is none. A definition that names
no group makes a package without versions, which has a name as all that a step creates
(test_pytorch_training_model_registration_and_creation_without_custom_inference in the SDK's integration tests)."""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.plane import Step as Decision
from clary.services.sagemaker.pipelines.executions import jobs, names
from clary.services.sagemaker.pipelines.executions.attempt import Attempt
from clary.services.sagemaker.service import sagemaker


def move(attempt: Attempt) -> Decision:
    """Register the model. A repeated call with the same token answers with the same version."""
    try:
        request = _request(attempt)
    except AwsError as error:
        return attempt.refused(error)
    try:
        _make_group(attempt, request.get("ModelPackageGroupName", ""))
    except AwsError as error:
        return jobs.refused(attempt, "CreateModelPackageGroup", error)
    try:
        made = _register(attempt, request)
    except AwsError as error:
        return jobs.refused(attempt, "CreateModelPackage", error)
    return attempt.succeeded({"RegisterModel": {"Arn": made["ModelPackageArn"]}})


def _request(attempt: Attempt) -> dict[str, Any]:
    """Return the request for the package, with its name where it is of no group."""
    token = names.token(attempt.execution, attempt.step.name, attempt.number)
    request = {**attempt.resolved(attempt.step.arguments), "ClientToken": token}
    return request if "ModelPackageGroupName" in request else {**request, "ModelPackageName": attempt.child()}


def _register(attempt: Attempt, request: dict[str, Any]) -> dict[str, Any]:
    """Create the model package. A version of a group has the group's tags, and AWS refuses any other."""
    call = attempt.call if "ModelPackageGroupName" in request else attempt.create
    return call("CreateModelPackage", request)


def _make_group(attempt: Attempt, name: Any) -> None:
    """Make the group, unless it is there or the definition names none, or names it by its ARN."""
    kind = sagemaker.kind("ModelPackageGroup")
    if not name or name.startswith("arn:") or attempt.world.get(kind, name):
        return
    try:
        attempt.create("CreateModelPackageGroup", {"ModelPackageGroupName": name})
    except AwsError:
        if attempt.world.get(kind, name) is None:  # another step may have made it at the same moment
            raise
