"""Replicas: why they failed, how often they are tried again, and what is left of them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.plane import Platform
from clary.runs.fake import FakeExecutor
from clary.server.loop import Controllers
from tests.services.sagemaker.farm import Farm, make_config, status
from tests.support.turns import turn


@pytest.fixture
def starting(sm: Any, role: str, controllers: Controllers, clock: FakeClock, runs: FakeExecutor) -> str:
    """The run of an endpoint that has not answered yet."""
    make_config(sm, role, "c1", ContainerStartupHealthCheckTimeoutInSeconds=60)
    sm.create_endpoint(EndpointName="e", EndpointConfigName="c1")
    turn(controllers, clock, 2, 0.1)
    (run,) = runs.specs
    return run


def reason(sm: Any) -> str:
    shown = sm.describe_endpoint(EndpointName="e")
    assert shown["EndpointStatus"] == "Failed"
    return shown["FailureReason"]


def test_missing_model_data_is_aws_sentence_at_once(
    starting: str, sm: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    # https://github.com/aws-solutions-library-samples/fraud-detection-using-machine-learning/issues/9
    runs.finish(starting, reason="download", detail="ClientError: Data download failed:NoSuchKey")
    turn(controllers, clock, 2, 0.1)
    assert reason(sm) == (
        'Failed to download model data for container "container_1" from URL: "s3://bucket/model.tar.gz". '
        "Please ensure that there is an object located at the URL and that the role passed to CreateModel has "
        "permissions to download the object."
    )


def test_broken_model_data_is_said_to_be_no_archive(
    starting: str, sm: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    detail = "ClientError: Data download failed:not a tar.gz archive: bad header"
    runs.finish(starting, reason="download", detail=detail)
    turn(controllers, clock, 2, 0.1)
    assert "Please ensure that the object located at the URL is a valid tar.gz archive." in reason(sm)


def test_a_program_that_cannot_start_is_said_so(
    starting: str, sm: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    runs.finish(starting, reason="start", detail="exec: 'serve': executable file not found in $PATH")
    turn(controllers, clock, 2, 0.1)
    assert reason(sm).startswith("CannotStartContainerError. Please ensure the model container for variant A")


def test_a_container_that_ends_at_once_fails_the_endpoint_and_keeps_its_log(
    starting: str, sm: Any, client: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    runs.write(starting, "Traceback: no such module\nlast words without an end")
    runs.finish(starting, code=1)
    turn(controllers, clock, 2, 0.1)
    assert "did not pass the ping health check" in reason(sm)
    events = client("logs").filter_log_events(logGroupName="/aws/sagemaker/Endpoints/e")["events"]
    assert [e["message"] for e in events] == ["Traceback: no such module", "last words without an end"]


def test_the_health_check_begins_with_the_container(
    starting: str, sm: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    clock.advance(300)  # a long download is not the container's
    turn(controllers, clock)
    assert status(sm) == "Creating"
    runs.advance(starting, steps=(("Running", clock.now()),))
    clock.advance(59)
    turn(controllers, clock)
    assert status(sm) == "Creating"
    clock.advance(2)
    turn(controllers, clock)
    assert "ping health check" in reason(sm)
    assert [run for run, _ in runs.stops] == [starting]


def test_an_endpoint_that_finds_no_room_fails_in_the_end(
    sm: Any, role: str, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    runs.full = True
    make_config(sm, role, "c1")
    sm.create_endpoint(EndpointName="e", EndpointConfigName="c1")
    turn(controllers, clock, 2, 0.1)
    clock.advance(590)
    turn(controllers, clock, 1)
    assert status(sm) == "Creating"
    clock.advance(20)
    turn(controllers, clock, 1)
    # AWS's words, as its SDKs show them after "Failure Reason:"
    assert "Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity" in reason(
        sm
    )
    sm.delete_endpoint(EndpointName="e")


def test_a_failed_endpoint_leaves_nothing_when_it_is_deleted(
    starting: str, sm: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    runs.finish(starting, code=1)
    turn(controllers, clock, 2)
    sm.delete_endpoint(EndpointName="e")
    turn(controllers, clock, 2)
    assert runs.specs == {}
    assert sm.list_endpoints()["Endpoints"] == []


def test_a_replica_that_crashes_again_and_again_waits_longer_each_time(
    in_service: str,
    sm: Any,
    client: Any,
    controllers: Controllers,
    clock: FakeClock,
    farm: Farm,
    runs: FakeExecutor,
) -> None:
    (first,) = list(farm.workers)
    runs.write(first, "dying\n")
    farm.kill(first)
    started: list[float] = []
    seen = {first}
    while len(started) < 5:
        turn(controllers, clock, 1, 0.1)
        for run in [run for run in runs.specs if run not in seen]:
            seen.add(run)
            started.append(clock.now())
            runs.write(run, "dying again\n")
            runs.finish(run, code=1)
        assert len(started) < 2 or clock.now() - started[0] < 60
    gaps = [later - earlier for earlier, later in pairwise(started)]
    assert all(later > 1.5 * earlier for earlier, later in pairwise(gaps)), gaps
    assert status(sm) == "InService"
    turn(controllers, clock, 3)
    events = client("logs").filter_log_events(logGroupName="/aws/sagemaker/Endpoints/e")["events"]
    assert [event["message"] for event in events].count("dying again") >= 4
    assert "dying" in [event["message"] for event in events]


def test_a_replica_that_is_back_serves_again(
    in_service: str, sm: Any, controllers: Controllers, clock: FakeClock, farm: Farm
) -> None:
    for _ in range(3):
        farm.kill(list(farm.workers)[-1])
        for _ in range(40):
            turn(controllers, clock, 1, 0.2)
            farm.bring_up()
    (variant,) = sm.describe_endpoint(EndpointName="e")["ProductionVariants"]
    assert variant["CurrentInstanceCount"] == 1


def scale(sm: Any, count: int) -> None:
    change = [{"VariantName": "A", "DesiredInstanceCount": count}]
    sm.update_endpoint_weights_and_capacities(EndpointName="e", DesiredWeightsAndCapacities=change)


def test_scaling_in_and_out_never_uses_a_run_twice(
    in_service: str,
    sm: Any,
    client: Any,
    controllers: Controllers,
    clock: FakeClock,
    farm: Farm,
    runs: FakeExecutor,
) -> None:
    for count in (2, 1, 2):
        scale(sm, count)
        turn(controllers, clock, 2, 0.1)
        farm.bring_up()
        turn(controllers, clock, 3, 0.6)
        assert status(sm) == "InService"
        for run, _ in runs.stops:
            if runs.inspect(run).phase == "running":
                farm.kill(run)
        turn(controllers, clock, 3, 0.6)
    assert len(farm.workers) == 3  # one, one more, another one
    (variant,) = sm.describe_endpoint(EndpointName="e")["ProductionVariants"]
    assert (variant["CurrentInstanceCount"], variant["DesiredInstanceCount"]) == (2, 2)
    streams = client("logs").describe_log_streams(logGroupName="/aws/sagemaker/Endpoints/e")["logStreams"]
    assert len(streams) == 3


def test_an_update_after_a_failed_one_is_a_generation_of_its_own(
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
    turn(controllers, clock, 1, 0.1)
    failed = next(run for run in runs.specs if run not in farm.workers)
    runs.finish(failed, code=1)
    turn(controllers, clock, 1, 0.1)
    assert status(sm) == "InService"
    sm.update_endpoint(EndpointName="e", EndpointConfigName="c2")
    turn(controllers, clock, 2, 0.1)
    assert status(sm) == "Updating"
    farm.bring_up()
    turn(controllers, clock, 2, 0.1)
    assert sm.describe_endpoint(EndpointName="e")["EndpointConfigName"] == "c2"


def test_the_old_replicas_stay_as_long_as_the_deployment_says(
    in_service: str,
    platform: Platform,
    sm: Any,
    role: str,
    controllers: Controllers,
    clock: FakeClock,
    farm: Farm,
    runs: FakeExecutor,
) -> None:
    make_config(sm, role, "c2", VariantName="B")
    policy = {
        "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 10},
        "TerminationWaitInSeconds": 20,
    }
    sm.update_endpoint(
        EndpointName="e", EndpointConfigName="c2", DeploymentConfig={"BlueGreenUpdatePolicy": policy}
    )
    turn(controllers, clock, 2, 0.1)
    farm.bring_up()
    turn(controllers, clock, 2, 0.1)
    clock.advance(10)
    controllers.once()
    with platform.store.read() as tx:
        (record,) = tx.list("sagemaker:Endpoint", None)
    assert record.due == pytest.approx(clock.now() + 1.0), "nothing is to be hurried while they answer"
    clock.advance(18)
    turn(controllers, clock, 1, 0.1)
    assert runs.stops == []
    clock.advance(5)
    turn(controllers, clock, 1, 0.1)
    assert len(runs.stops) == 1
    shown = sm.describe_endpoint(EndpointName="e")["LastDeploymentConfig"]["BlueGreenUpdatePolicy"]
    assert shown["TerminationWaitInSeconds"] == 20


def test_other_ways_to_move_traffic_are_not_offered(in_service: str, sm: Any) -> None:
    routing = {
        "Type": "CANARY",
        "WaitIntervalInSeconds": 1,
        "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1},
    }
    policy = {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing}}
    with pytest.raises(ClientError, match="NotImplemented"):
        sm.update_endpoint(EndpointName="e", EndpointConfigName="c1", DeploymentConfig=policy)


def test_weights_and_capacities_of_unknown_variants_are_refused(in_service: str, sm: Any) -> None:
    with pytest.raises(ClientError, match="not present within endpoint configuration"):
        sm.update_endpoint_weights_and_capacities(
            EndpointName="e", DesiredWeightsAndCapacities=[{"VariantName": "Z", "DesiredWeight": 1.0}]
        )
    with pytest.raises(ClientError, match="must be at least 1"):
        scale(sm, 0)


def test_what_is_retained_by_an_update(
    in_service: str, sm: Any, role: str, controllers: Controllers, clock: FakeClock, farm: Farm
) -> None:
    # API_UpdateEndpoint: RetainAllVariantProperties, but for what is excluded
    sm.update_endpoint_weights_and_capacities(
        EndpointName="e",
        DesiredWeightsAndCapacities=[{"VariantName": "A", "DesiredWeight": 3.0, "DesiredInstanceCount": 2}],
    )
    turn(controllers, clock, 2, 0.1)
    farm.bring_up()
    turn(controllers, clock, 2, 0.1)
    make_config(sm, role, "c2")
    sm.update_endpoint(
        EndpointName="e",
        EndpointConfigName="c2",
        RetainAllVariantProperties=True,
        ExcludeRetainedVariantProperties=[{"VariantPropertyType": "DesiredWeight"}],
    )
    turn(controllers, clock, 2, 0.1)
    farm.bring_up()
    turn(controllers, clock, 2, 0.1)
    (variant,) = sm.describe_endpoint(EndpointName="e")["ProductionVariants"]
    assert (variant["CurrentWeight"], variant["CurrentInstanceCount"]) == (1.0, 2)
    with pytest.raises(ClientError, match="can only be specified when RetainAllVariantProperties"):
        sm.update_endpoint(
            EndpointName="e",
            EndpointConfigName="c2",
            ExcludeRetainedVariantProperties=[{"VariantPropertyType": "DesiredWeight"}],
        )
