"""From a name or an ARN to the training job, through the lineage of the model's data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from clary.cli.errors import CliError
from clary.cli.reproduce.clients import Clients
from clary.cli.reproduce.subject import find
from tests.cli.reproduce.conftest import MODEL
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


def test_what_leads_nowhere(clients: Clients, role: str) -> None:
    clients.s3.put_object(Bucket="bucket", Key="other.tar.gz", Body=b"")
    make_model(clients, role, "found-somewhere", Image=XGBOOST, ModelDataUrl="s3://bucket/other.tar.gz")
    make_model(clients, role, "without-data", Image=XGBOOST)
    clients.sagemaker.create_model_package_group(ModelPackageGroupName="empty")
    serve(clients, "two", "found-somewhere", "without-data")
    for name, reason in {
        "none": "none is no model, training job, model package or endpoint",
        f"{PREFIX}:pipeline/p": "is no model",
        f"{PREFIX}:model/none": "is no model",
        "found-somewhere": "the lineage does not tell which training job made s3://bucket/other.tar.gz",
        "without-data": "has no model data",
        "empty": "has no versions",
        "two": "serves several models; name one of them: found-somewhere, without-data",
    }.items():
        with pytest.raises(CliError, match=reason):
            find(clients, name)
