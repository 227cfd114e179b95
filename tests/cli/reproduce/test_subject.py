"""From a name or an ARN to the training job, through the lineage of the model's data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from clary.cli.errors import CliError
from clary.cli.reproduce.clients import Clients
from clary.cli.reproduce.subject import find
from clary.kernel import FakeClock
from clary.plane import Platform
from clary.runs.fake import FakeExecutor
from clary.server.loop import Controllers
from tests.cli.reproduce.conftest import MODEL
from tests.services.sagemaker.pipeline_bench import Bench as Pipelines
from tests.services.sagemaker.pipeline_bench import fail, training
from tests.services.sagemaker.tuning.lab import Lab, tuning_request
from tests.support.images import XGBOOST

PREFIX = "arn:aws:sagemaker:us-east-1:111122223333"


def make_model(clients: Clients, role: str, name: str, **container: Any) -> None:
    clients.sagemaker.create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer=container)


def serve(clients: Clients, name: str, *models: str) -> None:
    variants = [
        {"VariantName": one, "ModelName": one, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        for one in models
    ]
    clients.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants)
    clients.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)


@pytest.fixture
def everything(clients: Clients, role: str, trained: Callable[..., str]) -> None:
    """A job, and a model, a package, a model of the package and an endpoint of what it made."""
    trained()
    make_model(clients, role, "m", Image=XGBOOST, ModelDataUrl=MODEL)
    clients.sagemaker.create_model_package_group(ModelPackageGroupName="g")
    container = {"Image": XGBOOST, "ModelDataUrl": MODEL}
    inference = {
        "Containers": [container],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }
    for _ in range(2):
        clients.sagemaker.create_model_package(
            ModelPackageGroupName="g", InferenceSpecification=inference, ModelApprovalStatus="Approved"
        )
    make_model(clients, role, "of-package", ModelPackageName=f"{PREFIX}:model-package/g/1")
    clients.sagemaker.create_model(  # as ModelPackage.deploy() of the SageMaker SDK v2 (2.257.7) names a package
        ModelName="of-sdk",
        ExecutionRoleArn=role,
        Containers=[{"ModelPackageName": f"{PREFIX}:model-package/g/1"}],
    )
    serve(clients, "e", "of-package")


@pytest.fixture
def lab(clients: Clients, runs: FakeExecutor, controllers: Controllers, clock: FakeClock) -> Lab:
    return Lab(clients.sagemaker, runs, controllers, clock)


@pytest.fixture
def pipelines(
    client: Callable[..., Any],
    clients: Clients,
    role: str,
    platform: Platform,
    controllers: Controllers,
    clock: FakeClock,
    runs: FakeExecutor,
) -> Pipelines:
    policy = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
    client("iam").attach_role_policy(RoleName="Jobs", PolicyArn=policy)
    return Pipelines(clients.sagemaker, role, platform, controllers, clock, runs)


def test_every_way_to_name_it(clients: Clients, everything: None) -> None:
    ways = {
        "job-1": "found",
        f"{PREFIX}:training-job/job-1": "found",
        "m": "model m",
        f"{PREFIX}:model/m": "model m",
        "g": "model package g/2",
        "g/1": "model package g/1",
        f"{PREFIX}:model-package/g/1": "model package g/1",
        f"{PREFIX}:model-package-group/g": "model package g/2",
        "of-package": "model of-package, model package g/1",
        "of-sdk": "model of-sdk, model package g/1",
        "e": "endpoint e, model of-package, model package g/1",
        f"{PREFIX}:endpoint/e": "endpoint e, model of-package, model package g/1",
    }
    assert {name: find(clients, name) for name in ways} == {
        name: ("job-1", how) for name, how in ways.items()
    }


def test_another_account_or_region_is_not_this_one(clients: Clients, everything: None) -> None:
    for prefix in ("arn:aws:sagemaker:us-east-1:000000000000", "arn:aws:sagemaker:eu-west-1:111122223333"):
        with pytest.raises(CliError, match="of this account and region"):
            find(clients, f"{prefix}:training-job/job-1")


def test_a_training_job_that_was_deleted(clients: Clients, everything: None) -> None:
    clients.sagemaker.delete_training_job(TrainingJobName="job-1")
    with pytest.raises(CliError, match=r"^model m: training job job-1 was deleted"):
        find(clients, "m")


def test_a_model_whose_containers_are_a_list(clients: Clients, role: str, everything: None) -> None:
    package = {"ModelPackageName": f"{PREFIX}:model-package/g/1"}
    clients.sagemaker.create_model(ModelName="listed", ExecutionRoleArn=role, Containers=[package])
    assert find(clients, "listed") == ("job-1", "model listed, model package g/1")


def test_the_best_training_job_of_a_tuning_job(clients: Clients, lab: Lab, role: str) -> None:
    best = lab.run(tuning_request(role))["BestTrainingJob"]["TrainingJobName"]
    for name in ("t", f"{PREFIX}:hyper-parameter-tuning-job/t"):
        assert find(clients, name) == (best, "best training job of tuning job t")
    lab.run(tuning_request(role, "failed"), lambda values: 1)
    with pytest.raises(CliError, match="tuning job failed has no best training job"):
        find(clients, "failed")


def test_the_training_step_of_an_execution(clients: Clients, pipelines: Pipelines) -> None:
    arn = pipelines.start(training("A", pipelines.role), fail("End", DependsOn=["A"]))
    pipelines.turn()
    pipelines.end("A")
    job = pipelines.steps(arn)["A"]["Metadata"]["TrainingJob"]["Arn"].rpartition("/")[2]
    assert find(clients, arn) == (job, f"execution {arn[-12:]} of a pipeline")


def test_an_execution_of_no_training_steps_or_several(clients: Clients, pipelines: Pipelines) -> None:
    none = pipelines.start(fail("End"))
    several = pipelines.start(training("A", pipelines.role), training("B", pipelines.role), name="two")
    pipelines.turn()
    with pytest.raises(CliError, match=r"has no training jobs$"):
        find(clients, none)
    with pytest.raises(CliError, match=r"has 2 training jobs; name one of them: pipelines-.*-A-.*-B-"):
        find(clients, several)


def test_what_leads_nowhere(clients: Clients, role: str) -> None:
    clients.s3.put_object(Bucket="bucket", Key="other.tar.gz", Body=b"")
    make_model(clients, role, "found-somewhere", Image=XGBOOST, ModelDataUrl="s3://bucket/other.tar.gz")
    make_model(clients, role, "without-data", Image=XGBOOST)
    clients.sagemaker.create_model_package_group(ModelPackageGroupName="empty")
    serve(clients, "two", "found-somewhere", "without-data")
    for name, reason in {
        "none": "none is not a model, training job, tuning job, execution of a pipeline, model package or endpoint",
        f"{PREFIX}:pipeline/p": "is not a model",
        f"{PREFIX}:model/none": "is not a model",
        "found-somewhere": "the lineage does not tell which training job made s3://bucket/other.tar.gz",
        "without-data": "has no model data",
        "empty": "has no versions",
        "two": "serves several models; name one of them: found-somewhere, without-data",
    }.items():
        with pytest.raises(CliError, match=reason):
            find(clients, name)
