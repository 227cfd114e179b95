"""Endpoints: created when every replica answers, updated beside what serves, deleted when all of it is gone."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.plane import Platform
from clary.runs.fake import FakeExecutor
from clary.server.loop import Controllers
from tests.services.sagemaker.farm import Farm, make_config, status
from tests.support.turns import turn


def test_an_endpoint_is_creating_until_its_worker_answers(
    sm: Any, role: str, controllers: Controllers, clock: FakeClock, farm: Farm
) -> None:
    make_config(sm, role, "c1")
    sm.create_endpoint(EndpointName="e", EndpointConfigName="c1")
    turn(controllers, clock, 3, 0.1)
    assert status(sm) == "Creating"
    farm.bring_up()
    turn(controllers, clock, 2, 0.1)
    shown = sm.describe_endpoint(EndpointName="e")
    assert shown["EndpointStatus"] == "InService"
    (variant,) = shown["ProductionVariants"]
    assert (variant["CurrentWeight"], variant["CurrentInstanceCount"]) == (1.0, 1)


def test_a_container_that_never_answers_fails_the_endpoint(
    sm: Any, role: str, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    make_config(sm, role, "c1")
    sm.create_endpoint(EndpointName="e", EndpointConfigName="c1")
    turn(controllers, clock, 2, 0.1)
    (run,) = runs.specs
    runs.advance(run)
    clock.advance(241)  # contracts 9: four minutes unless configured
    turn(controllers, clock, 1)
    shown = sm.describe_endpoint(EndpointName="e")
    assert shown["EndpointStatus"] == "Failed"
    assert shown["FailureReason"] == (
        "The primary container for production variant A did not pass the ping health check. "
        "Please check CloudWatch logs for this endpoint."
    )


def test_an_endpoint_invokes_its_worker(in_service: str, client: Any, farm: Farm) -> None:
    answer = client("sagemaker-runtime").invoke_endpoint(
        EndpointName="e",
        Body=b"1,2",
        ContentType="text/csv",
        Accept="text/csv",
        CustomAttributes="k=v",
        InferenceId="i",
    )
    assert answer["Body"].read() == b"1,2"
    assert answer["ContentType"] == "text/csv"
    assert answer["InvokedProductionVariant"] == "A"
    (worker,) = farm.workers.values()
    assert worker.heads[-1] == {
        "content-type": "text/csv",
        "accept": "text/csv",
        "x-amzn-sagemaker-custom-attributes": "k=v",
        "x-amzn-sagemaker-inference-id": "i",
    }


def test_a_missing_endpoint_is_a_validation_error(client: Any) -> None:
    with pytest.raises(ClientError) as caught:
        client("sagemaker-runtime").invoke_endpoint(EndpointName="nobody", Body=b"")
    assert caught.value.response["Error"]["Code"] == "ValidationError"
    assert caught.value.response["Error"]["Message"] == "Endpoint nobody of account 111122223333 not found."


def test_a_model_that_raises_is_a_model_error(in_service: str, client: Any, farm: Farm) -> None:
    (worker,) = farm.workers.values()
    worker.reply = lambda head, body: (415, {"content-type": "text/plain"}, b"no such type")
    runtime = client("sagemaker-runtime")
    with pytest.raises(runtime.exceptions.ModelError) as caught:
        runtime.invoke_endpoint(EndpointName="e", Body=b"x")
    response = caught.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert response["OriginalStatusCode"] == 415
    assert response["OriginalMessage"] == "no such type"
    assert (
        'Received client error (415) from primary with message "no such type"' in response["Error"]["Message"]
    )


def test_a_streamed_answer_arrives_in_parts(in_service: str, client: Any, farm: Farm) -> None:
    (worker,) = farm.workers.values()
    worker.reply = lambda head, body: (200, {"content-type": "text/plain"}, [b"one ", b"two"])
    answer = client("sagemaker-runtime").invoke_endpoint_with_response_stream(EndpointName="e", Body=b"x")
    assert [event["PayloadPart"]["Bytes"] for event in answer["Body"]] == [b"one ", b"two"]


def test_a_dead_replica_is_replaced(
    in_service: str,
    sm: Any,
    client: Any,
    controllers: Controllers,
    clock: FakeClock,
    farm: Farm,
    platform: Platform,
) -> None:
    (first,) = list(farm.workers)
    farm.kill(first)
    turn(controllers, clock, 3)
    farm.bring_up()
    turn(controllers, clock, 3)
    assert status(sm) == "InService"
    platform.extras.pop("runtime", None)  # the gateway's own refresh does not run in these tests
    assert client("sagemaker-runtime").invoke_endpoint(EndpointName="e", Body=b"x")["Body"].read() == b"x"


def test_an_update_serves_the_old_until_the_new_answers(
    in_service: str,
    sm: Any,
    role: str,
    controllers: Controllers,
    clock: FakeClock,
    farm: Farm,
    runs: FakeExecutor,
) -> None:
    (old,) = list(farm.workers)
    make_config(sm, role, "c2", VariantName="B")
    sm.update_endpoint(EndpointName="e", EndpointConfigName="c2")
    with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
        sm.update_endpoint(EndpointName="e", EndpointConfigName="c2")
    turn(controllers, clock, 2, 0.1)
    shown = sm.describe_endpoint(EndpointName="e")
    assert (shown["EndpointStatus"], shown["EndpointConfigName"]) == ("Updating", "c1")
    assert runs.stops == []
    farm.bring_up()
    turn(controllers, clock, 2, 0.1)
    shown = sm.describe_endpoint(EndpointName="e")
    assert (shown["EndpointStatus"], shown["EndpointConfigName"]) == ("InService", "c2")
    turn(controllers, clock, 4)
    assert [run for run, _ in runs.stops][:1] == [old]


def test_a_failed_update_goes_on_as_before(
    in_service: str,
    sm: Any,
    role: str,
    controllers: Controllers,
    clock: FakeClock,
    farm: Farm,
    runs: FakeExecutor,
) -> None:
    make_config(sm, role, "c2", VariantName="B")
    sm.update_endpoint(EndpointName="e", EndpointConfigName="c2")
    turn(controllers, clock, 2, 0.1)
    (fresh,) = set(runs.specs) - set(farm.workers)
    runs.finish(fresh, code=1)
    turn(controllers, clock, 2, 0.1)
    shown = sm.describe_endpoint(EndpointName="e")
    assert (shown["EndpointStatus"], shown["EndpointConfigName"]) == ("InService", "c1")
    assert "did not pass the ping health check" in shown["FailureReason"]


def test_more_instances_run_beside_those_there_are(
    in_service: str, sm: Any, controllers: Controllers, clock: FakeClock, farm: Farm, runs: FakeExecutor
) -> None:
    change = [{"VariantName": "A", "DesiredInstanceCount": 3, "DesiredWeight": 2.0}]
    sm.update_endpoint_weights_and_capacities(EndpointName="e", DesiredWeightsAndCapacities=change)
    turn(controllers, clock, 2, 0.1)
    farm.bring_up()
    turn(controllers, clock, 2, 0.1)
    (variant,) = sm.describe_endpoint(EndpointName="e")["ProductionVariants"]
    assert (variant["CurrentInstanceCount"], variant["CurrentWeight"]) == (3, 2.0)
    assert runs.stops == []


def test_what_is_desired_shows_before_it_is_current(in_service: str, sm: Any) -> None:
    # API_ProductionVariantSummary: what UpdateEndpointWeightsAndCapacities requested, and what there is
    change = [{"VariantName": "A", "DesiredInstanceCount": 3, "DesiredWeight": 2.0}]
    sm.update_endpoint_weights_and_capacities(EndpointName="e", DesiredWeightsAndCapacities=change)
    (variant,) = sm.describe_endpoint(EndpointName="e")["ProductionVariants"]
    assert (variant["CurrentInstanceCount"], variant["DesiredInstanceCount"]) == (1, 3)
    assert (variant["CurrentWeight"], variant["DesiredWeight"]) == (1.0, 2.0)


def test_more_instances_than_an_endpoint_may_have_are_beyond_a_limit(
    in_service: str, sm: Any, role: str
) -> None:
    # API_CreateEndpoint and both updates name the error
    said = "'Maximum number of instances per endpoint' is 100 Instances"
    make_config(sm, role, "c2", InitialInstanceCount=101)
    with pytest.raises(sm.exceptions.ResourceLimitExceeded, match=said):
        sm.create_endpoint(EndpointName="e2", EndpointConfigName="c2")
    with pytest.raises(sm.exceptions.ResourceLimitExceeded, match=said):
        sm.update_endpoint(EndpointName="e", EndpointConfigName="c2")
    change = [{"VariantName": "A", "DesiredInstanceCount": 101}]
    with pytest.raises(sm.exceptions.ResourceLimitExceeded, match=said):
        sm.update_endpoint_weights_and_capacities(EndpointName="e", DesiredWeightsAndCapacities=change)
    assert status(sm) == "InService"


def test_names_of_endpoints_differ_in_more_than_their_case(sm: Any, role: str) -> None:
    # API_CreateEndpoint: "The name is case-insensitive in CreateEndpoint"
    make_config(sm, role, "c")
    sm.create_endpoint(EndpointName="first-E", EndpointConfigName="c")
    with pytest.raises(ClientError, match=r"Cannot create already existing endpoint .*first-E"):
        sm.create_endpoint(EndpointName="FIRST-e", EndpointConfigName="c")
    sm.create_endpoint(EndpointName="first", EndpointConfigName="c")


def test_what_is_under_way_is_not_deleted(
    sm: Any, role: str, controllers: Controllers, clock: FakeClock, farm: Farm
) -> None:
    # AWS's sentence, e.g. in sagemaker-controller's DeleteEndpointInProgressMessagePrefix
    said = 'Cannot update in-progress endpoint "arn:aws:sagemaker:us-east-1:111122223333:endpoint/e"'
    make_config(sm, role, "c")
    sm.create_endpoint(EndpointName="e", EndpointConfigName="c")
    with pytest.raises(ClientError, match=said):
        sm.delete_endpoint(EndpointName="e")
    turn(controllers, clock, 2, 0.1)
    farm.bring_up()
    turn(controllers, clock, 2, 0.1)
    sm.update_endpoint(EndpointName="e", EndpointConfigName="c")
    with pytest.raises(ClientError, match=said):
        sm.delete_endpoint(EndpointName="e")
    turn(controllers, clock, 2, 0.1)
    farm.bring_up()
    turn(controllers, clock, 2, 0.1)
    sm.delete_endpoint(EndpointName="e")
    with pytest.raises(ClientError, match=said):
        sm.delete_endpoint(EndpointName="e")


def test_a_deleted_endpoint_is_gone_when_its_runs_are(
    in_service: str, sm: Any, controllers: Controllers, clock: FakeClock, farm: Farm, runs: FakeExecutor
) -> None:
    sm.delete_endpoint(EndpointName="e")
    turn(controllers, clock, 2, 0.1)
    assert status(sm) == "Deleting"
    (run,) = farm.workers
    farm.kill(run)
    turn(controllers, clock, 2)
    with pytest.raises(
        ClientError, match='Could not find endpoint "arn:aws:sagemaker:us-east-1:111122223333:endpoint/e"'
    ):
        sm.describe_endpoint(EndpointName="e")
    assert runs.specs == {}


def test_aws_sentences_for_what_is_not_there(sm: Any, role: str) -> None:
    with pytest.raises(
        ClientError, match='Could not find model "arn:aws:sagemaker:us-east-1:111122223333:model/x"'
    ):
        sm.describe_model(ModelName="x")
    with pytest.raises(ClientError, match="Could not find endpoint configuration"):
        sm.create_endpoint(EndpointName="e", EndpointConfigName="x")
    make_config(sm, role, "c")
    with pytest.raises(ClientError, match="Cannot create already existing endpoint configuration"):
        make_config(sm, role, "c")


def test_what_is_not_offered_says_so(sm: Any, role: str) -> None:
    make_config(sm, role, "c")
    variant = [
        {"VariantName": "A", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    ]
    with pytest.raises(ClientError) as caught:
        sm.create_endpoint_config(
            EndpointConfigName="a",
            ProductionVariants=variant,
            AsyncInferenceConfig={"OutputConfig": {"S3OutputPath": "s3://bucket/x"}},
        )
    assert caught.value.response["Error"]["Code"] == "NotImplemented"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
