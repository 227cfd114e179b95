"""Endpoints whose models have several containers: one after another, or each by its name.

Sources: "Inference pipelines" and "Multi-container endpoints" (SageMaker developer guide); what else is AWS's says so.
"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.runs.fake import FakeExecutor
from clary.server.loop import Controllers
from tests.services.sagemaker.farm import Farm, status
from tests.support.images import SKLEARN, XGBOOST
from tests.support.turns import turn

URL = "s3://bucket/model.tar.gz"
FIRST, SECOND = {"Image": SKLEARN, "ModelDataUrl": URL}, {"Image": XGBOOST, "ModelDataUrl": URL}
VARIANT = {"VariantName": "A", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}


class Line:
    """An endpoint of a model of several containers, which the farm brings up."""

    def __init__(self, sm: Any, role: str, controllers: Controllers, clock: FakeClock, farm: Farm) -> None:
        self.sm, self.role, self.farm = sm, role, farm
        self._controllers, self._clock = controllers, clock

    def begin(self, *containers: dict[str, Any], **more: Any) -> None:
        self.sm.create_model(ModelName="m", ExecutionRoleArn=self.role, Containers=list(containers), **more)
        self.sm.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[VARIANT])
        self.sm.create_endpoint(EndpointName="e", EndpointConfigName="c")
        self.turn()

    def turn(self, seconds: float = 0.1) -> None:
        turn(self._controllers, self._clock, 2, seconds)

    def serve(self, *containers: dict[str, Any], **more: Any) -> None:
        self.begin(*containers, **more)
        self.farm.bring_up(_named)
        self.turn()
        assert status(self.sm) == "InService"
        for number, worker in enumerate(self.farm.workers.values(), start=1):
            worker.reply = _numbered(number)


def _named(head: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
    return 200, {}, body


def _numbered(number: int) -> Any:
    """Answer with what came, and the number of the container."""

    def reply(head: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        said = f"{number}:{head.get('content-type')}:{head.get('accept')}:{head.get('x-amzn-sagemaker-custom-attributes')}"
        return 200, {"content-type": f"application/x-{number}"}, body + b"|" + said.encode()

    return reply


@pytest.fixture
def line(sm: Any, role: str, controllers: Controllers, clock: FakeClock, farm: Farm) -> Line:
    return Line(sm, role, controllers, clock, farm)


def invoke(client: Any, **more: Any) -> Any:
    return client("sagemaker-runtime").invoke_endpoint(EndpointName="e", Body=b"x", **more)


def test_what_one_answers_the_next_is_asked(line: Line, client: Any) -> None:
    """The type of the request goes to the first alone, what is accepted to the last alone."""
    line.serve(FIRST, SECOND)
    answer = invoke(client, ContentType="text/csv", Accept="application/json", CustomAttributes="k=v")
    first, second = b"1:text/csv:None:k=v", b"2:application/x-1:application/json:k=v"
    assert answer["Body"].read() == b"x|" + first + b"|" + second
    assert (answer["ContentType"], answer["InvokedProductionVariant"]) == ("application/x-2", "A")


def test_each_container_is_a_run_with_its_data_and_image(line: Line, runs: FakeExecutor) -> None:
    line.begin({**FIRST, "Environment": {"ONE": "1"}}, {"Image": XGBOOST})
    first, second = runs.specs.values()
    assert [one.source for one in first.inputs] == [URL]
    assert second.inputs == ()
    assert (first.env["ONE"], "ONE" in second.env) == ("1", False)
    assert first.command != second.command
    shown = line.sm.describe_model(ModelName="m")
    assert [one["Image"] for one in shown["Containers"]] == [SKLEARN, XGBOOST]
    assert "PrimaryContainer" not in shown


def test_it_serves_when_all_containers_answer(line: Line, farm: Farm, runs: FakeExecutor) -> None:
    line.begin(FIRST, SECOND)
    farm.bring_up(_named)
    second = list(farm.workers)[1]
    farm.workers[second].close()
    line.turn()
    assert status(line.sm) == "Creating"
    runs.finish(second, code=1)
    line.turn()
    found = line.sm.describe_endpoint(EndpointName="e")
    # https://github.com/aws/amazon-sagemaker-examples/issues/1072
    assert found["FailureReason"] == (
        "The container-2 for production variant A did not pass the ping health check. Please check CloudWatch logs for "
        "this endpoint."
    )


def test_a_container_that_dies_is_replaced_alone(
    line: Line, client: Any, farm: Farm, runs: FakeExecutor
) -> None:
    line.serve(FIRST, SECOND)
    first, second = farm.workers
    farm.kill(second)
    line.turn(1.1)
    assert sum(run not in (first, second) for run in runs.specs) == 1
    farm.bring_up(_named)
    line.turn(1.1)
    assert invoke(client)["Body"].read().startswith(b"x|1:")
    deployed = line.sm.describe_endpoint(EndpointName="e")["ProductionVariants"][0]
    assert [one["SpecifiedImage"] for one in deployed["DeployedImages"]] == [SKLEARN, XGBOOST]
    assert deployed["CurrentInstanceCount"] == 1


def test_the_container_that_fails_is_named_and_ends_it(line: Line, client: Any, farm: Farm) -> None:
    line.serve(FIRST, {**SECOND, "ContainerHostname": "second"}, FIRST)
    asked = []
    workers = list(farm.workers.values())
    workers[1].reply = lambda head, body: (500, {}, b"went wrong")
    workers[2].reply = lambda head, body: asked.append(body) or (200, {}, b"")
    runtime = client("sagemaker-runtime")
    with pytest.raises(runtime.exceptions.ModelError) as caught:
        runtime.invoke_endpoint(EndpointName="e", Body=b"x")
    assert 'Received server error (500) from second with message "went wrong"' in str(caught.value)
    assert asked == []


def test_each_container_has_a_log_stream_of_its_name(
    line: Line, client: Any, farm: Farm, runs: FakeExecutor
) -> None:
    """ "Amazon SageMaker AI log groups and log streams" (SageMaker developer guide)."""
    line.serve(FIRST, {**SECOND, "ContainerHostname": "second"})
    for run in farm.workers:
        runs.write(run, "algo-1", b"hello\n")
    line.turn()
    line.turn()
    group = "/aws/sagemaker/Endpoints/e"
    streams = client("logs").describe_log_streams(logGroupName=group)["logStreams"]
    names = sorted(one["logStreamName"].split("/") for one in streams)
    assert [(one[0], one[2]) for one in names] == [("A", "container-1"), ("A", "second")]
    assert names[0][1] == names[1][1]


# direct ---------------------------------------------------------------------------------------------------------------
ONE, TWO = {**FIRST, "ContainerHostname": "one"}, {**SECOND, "ContainerHostname": "two"}
DIRECT = {"InferenceExecutionConfig": {"Mode": "Direct"}}


def test_a_container_is_asked_by_its_name(line: Line, client: Any) -> None:
    line.serve(ONE, TWO, **DIRECT)
    for name, number in (("one", b"1"), ("two", b"2")):
        answer = invoke(client, TargetContainerHostname=name, ContentType="a/b", Accept="c/d")
        assert answer["Body"].read() == b"x|" + number + b":a/b:c/d:None"


@pytest.mark.parametrize("given", [{}, {"TargetContainerHostname": "three"}])
def test_the_name_must_be_that_of_a_container(line: Line, client: Any, given: dict[str, str]) -> None:
    line.serve(ONE, TWO, **DIRECT)
    with pytest.raises(ClientError, match="TargetContainerHostname") as caught:
        invoke(client, **given)
    assert caught.value.response["Error"]["Code"] == "ValidationError"


def test_one_after_another_none_is_named(line: Line, client: Any) -> None:
    line.serve(ONE, TWO)
    with pytest.raises(ClientError, match="does not support TargetContainerHostname"):
        invoke(client, TargetContainerHostname="one")


# what is refused ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("containers", "more", "said"),
    [
        ((FIRST, ONE), DIRECT, "ContainerHostname is required"),
        ((ONE, ONE), {}, "must be unique"),
        ((FIRST, {**SECOND, "ContainerHostname": "container-1"}), {}, "must be unique"),
        ((FIRST, {"ModelDataUrl": URL}), {}, r"Containers\[1\] must specify an Image"),
        (
            (FIRST, {"Image": XGBOOST, "ModelDataUrl": "s3://bucket/missing.tar.gz"}),
            {},
            "Could not find model data",
        ),
        # https://github.com/OElesin/sagemaker-autopilot-step-functions/issues/10
        (
            ({**FIRST, "Mode": "MultiModel"},) * 2,
            {},
            "More than one container in MultiModel mode is not supported with inference pipeline",
        ),
    ],
)
def test_models_that_cannot_be(sm: Any, role: str, containers: Any, more: Any, said: str) -> None:
    with pytest.raises(ClientError, match=said):
        sm.create_model(ModelName="m", ExecutionRoleArn=role, Containers=list(containers), **more)
    assert sm.list_models()["Models"] == []


def test_where_several_containers_cannot_be_served(sm: Any, role: str) -> None:
    sm.create_model(ModelName="m", ExecutionRoleArn=role, Containers=[FIRST, SECOND])
    serverless = {
        "VariantName": "A",
        "ModelName": "m",
        "ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1},
    }
    with pytest.raises(ClientError, match="do not support multi-model endpoints and inference pipelines"):
        sm.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[serverless])
    with pytest.raises(ClientError, match="several containers on an instance with GPUs"):
        sm.create_endpoint_config(
            EndpointConfigName="c", ProductionVariants=[{**VARIANT, "InstanceType": "ml.g5.xlarge"}]
        )


def test_an_ordinary_endpoint_has_no_target_model(in_service: str, client: Any) -> None:
    """https://github.com/aws/amazon-sagemaker-examples/issues/1026."""
    with pytest.raises(ClientError) as caught:
        invoke(client, TargetModel="a.tar.gz")
    assert caught.value.response["Error"] == {
        "Code": "ValidationError",
        "Message": "Endpoint e is not a multi-model endpoint and does not support target model header.",
    }
