"""Models and endpoint configurations: what they refuse, and what their containers get."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.runs.fake import FakeExecutor
from clary.server.loop import Controllers
from tests.services.sagemaker.farm import make_config
from tests.support.images import XGBOOST
from tests.support.turns import turn

URL = "s3://bucket/model.tar.gz"


def create(sm: Any, role: str, **changes: Any) -> None:
    sm.create_model(
        ModelName="m", ExecutionRoleArn=role, **{"PrimaryContainer": {"Image": XGBOOST}, **changes}
    )


SOURCE = {"S3Uri": URL, "S3DataType": "S3Object", "CompressionType": "Gzip"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"PrimaryContainer": {"Image": XGBOOST, "Mode": "MultiModel"}}, "ValidationException"),
        (
            {"PrimaryContainer": {"Image": XGBOOST, "Mode": "MultiModel", "ModelDataUrl": "s3://bucket/m/"}},
            "NotImplemented",
        ),
        ({"PrimaryContainer": {}}, "ValidationException"),
        ({"PrimaryContainer": {"ModelDataUrl": URL}}, "ValidationException"),
        (
            {"PrimaryContainer": {"Image": "1.dkr.ecr.us-east-1.amazonaws.com/mystery:1"}},
            "ValidationException",
        ),
        ({"PrimaryContainer": {"Image": XGBOOST, "ModelDataUrl": "https://h/m.tar.gz"}}, "NotImplemented"),
        (
            {
                "PrimaryContainer": {
                    "Image": XGBOOST,
                    "ModelDataUrl": URL,
                    "ModelDataSource": {"S3DataSource": SOURCE},
                }
            },
            "ValidationException",
        ),
        ({"PrimaryContainer": {"ModelPackageName": "g/1"}}, "ValidationException"),
    ],
)
def test_models_that_cannot_be_served_are_refused(
    sm: Any, role: str, changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError) as caught:
        create(sm, role, **changes)
    assert caught.value.response["Error"]["Code"] == code
    assert sm.list_models()["Models"] == []


def test_a_container_gets_all_of_its_data(
    sm: Any, role: str, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    # contracts 9: further sources in /opt/ml/additional-model-data-sources/<ChannelName>
    folder = {"S3Uri": "s3://bucket/weights/", "S3DataType": "S3Prefix", "CompressionType": "None"}
    container = {
        "Image": XGBOOST,
        "ModelDataSource": {"S3DataSource": folder},
        "AdditionalModelDataSources": [{"ChannelName": "draft", "S3DataSource": SOURCE}],
        "Environment": {"A": "1"},
    }
    create(sm, role, PrimaryContainer=container, EnableNetworkIsolation=True)
    make_config(sm, role, "c")
    sm.create_endpoint(EndpointName="e", EndpointConfigName="c")
    turn(controllers, clock)
    (spec,) = runs.specs.values()
    assert [(i.path, i.source, i.kind) for i in spec.inputs] == [
        ("model", "s3://bucket/weights/", "prefix"),
        ("additional-model-data-sources/draft", URL, "model"),
    ]
    assert (spec.env["A"], spec.network_isolation) == ("1", True)


def test_a_model_and_its_configuration_may_go_while_they_serve(
    in_service: str, sm: Any, controllers: Controllers, clock: FakeClock, farm: Any, runs: FakeExecutor
) -> None:
    # API_DeleteModel: deletes only the entry; API_DeleteEndpointConfig likewise
    sm.delete_model(ModelName="m")
    sm.delete_endpoint_config(EndpointConfigName="c1")
    farm.kill(next(iter(farm.workers)))
    turn(controllers, clock, 2)
    farm.bring_up()
    turn(controllers, clock, 2)
    (variant,) = sm.describe_endpoint(EndpointName="e")["ProductionVariants"]
    assert variant["CurrentInstanceCount"] == 1
    with pytest.raises(ClientError, match="Could not find endpoint configuration"):
        sm.update_endpoint(EndpointName="e", EndpointConfigName="c1")


def configure(sm: Any, variants: list[dict[str, Any]], **more: Any) -> None:
    sm.create_endpoint_config(EndpointConfigName="x", ProductionVariants=variants, **more)


HOSTED = {"VariantName": "A", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
SERVERLESS = {
    "VariantName": "A",
    "ModelName": "m",
    "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 2},
}
CAPTURE = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": "s3://b/c",
    "CaptureOptions": [{"CaptureMode": "Input"}],
}


@pytest.mark.parametrize(
    ("variants", "more", "said"),
    [
        ([HOSTED, HOSTED], {}, "Variant names must be unique"),
        ([{**HOSTED, "ServerlessConfig": SERVERLESS["ServerlessConfig"]}], {}, "exactly one of"),
        ([{"VariantName": "A", "ModelName": "m"}], {}, "exactly one of"),
        ([{**HOSTED, "ModelName": "nobody"}], {}, 'Could not find model "arn'),
        ([SERVERLESS, {**HOSTED, "VariantName": "B"}], {}, "only one production variant"),
        ([SERVERLESS], {"DataCaptureConfig": CAPTURE}, "not supported for serverless"),
        (
            [{**SERVERLESS, "ServerlessConfig": {"MemorySizeInMB": 1500, "MaxConcurrency": 2}}],
            {},
            "MemorySizeInMB must be one of",
        ),
        (
            [
                {
                    **SERVERLESS,
                    "ServerlessConfig": {
                        "MemorySizeInMB": 1024,
                        "MaxConcurrency": 2,
                        "ProvisionedConcurrency": 3,
                    },
                }
            ],
            {},
            "ProvisionedConcurrency must be less",
        ),
        ([{**HOSTED, "RoutingConfig": {"RoutingStrategy": "KV_AWARE"}}], {}, "NotImplemented"),
        ([{**HOSTED, "AcceleratorType": "ml.eia1.medium"}], {}, "NotImplemented"),
        ([{**HOSTED, "CoreDumpConfig": {"DestinationS3Uri": "s3://b/d"}}], {}, "NotImplemented"),
    ],
)
def test_configurations_that_make_no_sense_are_refused(
    sm: Any, role: str, variants: list[dict[str, Any]], more: dict[str, Any], said: str
) -> None:
    create(sm, role)
    with pytest.raises(ClientError, match=said):
        configure(sm, variants, **more)
    assert sm.list_endpoint_configs()["EndpointConfigs"] == []


def test_defaults_are_shown(sm: Any, role: str, client: Callable[..., Any]) -> None:
    create(sm, role)
    key = client("kms").create_key()["KeyMetadata"]["Arn"]
    configure(sm, [HOSTED], DataCaptureConfig=CAPTURE, KmsKeyId=key)
    shown = sm.describe_endpoint_config(EndpointConfigName="x")
    assert shown["ProductionVariants"][0]["InitialVariantWeight"] == 1.0
    assert (shown["KmsKeyId"], shown["DataCaptureConfig"]) == (key, CAPTURE)
    assert sm.describe_model(ModelName="m")["PrimaryContainer"]["Mode"] == "SingleModel"


def test_the_newest_is_listed_first(sm: Any, role: str, clock: FakeClock) -> None:
    # API_ListModels: SortOrder Descending by default
    for name in ("m1", "m2"):
        sm.create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer={"Image": XGBOOST})
        clock.advance(1)
    assert [model["ModelName"] for model in sm.list_models()["Models"]] == ["m2", "m1"]
