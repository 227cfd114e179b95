"""Packages that are validated by a transform job
(https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-mkt-create-model-package.html)."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.plane import Platform, World
from clary.runs.fake import FakeExecutor
from clary.server.loop import Controllers
from clary.services.sagemaker.registry.validation import validate
from tests.services.sagemaker.registry.packages import alone
from tests.support.sagemaker_requests import register, transform_request
from tests.support.turns import turn

NAMED = {"ModelPackageName": "alone"}


def specification(role: str, **changes: Any) -> dict[str, Any]:
    asked = transform_request()
    del asked["TransformJobName"], asked["ModelName"]
    profile = {"ProfileName": "smoke", "TransformJobDefinition": {**asked, **changes}}
    return {"ValidationRole": role, "ValidationProfiles": [profile]}


def status(sm: Any, package: str = "alone") -> tuple[str, dict[str, str]]:
    shown = sm.describe_model_package(ModelPackageName=package)
    (validation,) = shown["ModelPackageStatusDetails"]["ValidationStatuses"]
    return shown["ModelPackageStatus"], validation


@pytest.fixture
def pending(sm: Any, role: str) -> str:
    return alone(sm, ValidationSpecification=specification(role))


def test_a_package_is_complete_when_its_job_is(
    pending: str, sm: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    assert status(sm) == ("Pending", {"Name": "smoke", "Status": "NotStarted"})
    with pytest.raises(ClientError, match="cannot be deployed: it is in status Pending"):
        sm.create_model(ModelName="m", PrimaryContainer={"ModelPackageName": "alone"})
    turn(controllers, clock, 3)
    assert status(sm) == ("InProgress", {"Name": "smoke", "Status": "InProgress"})
    (run,) = runs.specs
    assert runs.specs[run].inputs[0].source == "s3://bucket/model.tar.gz"
    (job,) = sm.list_transform_jobs()["TransformJobSummaries"]
    (model,) = sm.list_models()["Models"]
    assert job["TransformJobName"] == model["ModelName"]
    assert job["TransformJobName"].startswith("alone-smoke-")
    runs.finish(run)
    turn(controllers, clock, 4)
    assert status(sm) == ("Completed", {"Name": "smoke", "Status": "Completed"})
    sm.create_model(ModelName="m", PrimaryContainer={"ModelPackageName": "alone"})


def test_a_package_fails_with_its_job(
    group: str, sm: Any, role: str, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    arn = register(sm, ModelApprovalStatus="Approved", ValidationSpecification=specification(role))
    turn(controllers, clock, 3)
    (run,) = runs.specs
    runs.finish(run, 1)
    turn(controllers, clock, 4)
    ended, validation = status(sm, arn)
    assert (ended, validation["Status"]) == ("Failed", "Failed")
    assert "AlgorithmError" in validation["FailureReason"]
    with pytest.raises(ClientError, match="it is in status Failed"):
        sm.create_model(ModelName="m", PrimaryContainer={"ModelPackageName": arn})


def test_a_job_that_cannot_begin_fails_the_package(
    sm: Any, role: str, stored: Any, controllers: Controllers, clock: FakeClock
) -> None:
    alone(sm, ValidationSpecification=specification(role))
    stored.delete_object(Bucket="bucket", Key="model.tar.gz")
    turn(controllers, clock, 2)
    ended, validation = status(sm)
    assert ended == "Failed"
    assert validation["FailureReason"].startswith("Could not find model data")


def test_a_step_that_is_done_again_begins_nothing_twice(
    pending: str, sm: Any, platform: Platform, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    with platform.store.read() as tx:
        package = tx.by_arn(pending)
    assert package is not None
    world = World(platform, clock.now(), package, "sagemaker.amazonaws.com")
    assert validate(package, world).status == "InProgress"
    turn(controllers, clock, 3)
    assert len(sm.list_transform_jobs()["TransformJobSummaries"]) == 1
    assert len(sm.list_models()["Models"]) == len(runs.specs) == 1
    (run,) = runs.specs
    runs.finish(run)
    turn(controllers, clock, 4)
    assert status(sm)[0] == "Completed"


def test_what_a_specification_may_not_say(sm: Any, role: str) -> None:
    unknown = role.replace("Jobs", "Nobody")
    with pytest.raises(ClientError, match="Could not assume role"):
        alone(sm, ValidationSpecification=specification(unknown))
    with pytest.raises(ClientError, match="InferenceSpecification must be specified"):
        sm.create_model_package(**NAMED, ValidationSpecification=specification(role))
    assert sm.list_model_packages()["ModelPackageSummaryList"] == []


def test_no_profile_is_nothing_to_validate(sm: Any, role: str) -> None:
    alone(sm, ValidationSpecification={"ValidationRole": role, "ValidationProfiles": []})
    assert sm.describe_model_package(**NAMED)["ModelPackageStatus"] == "Completed"
