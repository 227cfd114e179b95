"""Invocations that do not go the easy way: weights, limits, time-outs, deaths, streams that break."""

from __future__ import annotations

import struct
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError, EventStreamError

from clary.kernel import FakeClock
from clary.plane import Platform
from clary.runs.fake import FakeExecutor
from clary.server.loop import Controllers
from clary.services.sagemaker.runtime import asking, background, invoke, routes
from tests.inprocess import Loop
from tests.services.sagemaker.farm import Farm, make_config
from tests.support.turns import turn


def refresh(platform: Platform, loop: Loop) -> None:
    """What the gateway's background work does when the bell rings."""
    loop.run(background.of(platform).routes.refresh())


@pytest.fixture
def two(sm: Any, role: str, controllers: Controllers, clock: FakeClock, farm: Farm) -> str:
    """Two variants, three quarters and one quarter."""
    make_config(sm, role, "c1")
    variant = {"ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sm.create_endpoint_config(
        EndpointConfigName="two",
        ProductionVariants=[
            {**variant, "VariantName": "A", "InitialVariantWeight": 3.0},
            {**variant, "VariantName": "B", "InitialVariantWeight": 1.0},
        ],
    )
    sm.create_endpoint(EndpointName="e", EndpointConfigName="two")
    turn(controllers, clock, 2, 0.1)
    farm.bring_up()
    turn(controllers, clock, 2, 0.1)
    return "e"


def variants_of(runtime: Any, times: int, **more: Any) -> Counter[str]:
    answers = [runtime.invoke_endpoint(EndpointName="e", Body=b"x", **more) for _ in range(times)]
    return Counter(answer["InvokedProductionVariant"] for answer in answers)


def test_what_describe_calls_in_service_answers_at_once(
    sm: Any,
    role: str,
    client: Any,
    controllers: Controllers,
    clock: FakeClock,
    farm: Farm,
    platform: Platform,
    loop: Loop,
) -> None:
    """However old the table of routes is: it saw the endpoint while that was being created."""
    make_config(sm, role, "c")
    sm.create_endpoint(EndpointName="e", EndpointConfigName="c")
    turn(controllers, clock, 1, 0.1)
    refresh(platform, loop)
    runtime = client("sagemaker-runtime")
    with pytest.raises(ClientError, match="not in service: it is Creating"):
        runtime.invoke_endpoint(EndpointName="e", Body=b"x")
    turn(controllers, clock, 1, 0.1)
    farm.bring_up()
    turn(controllers, clock, 2, 0.1)
    assert sm.describe_endpoint(EndpointName="e")["EndpointStatus"] == "InService"
    assert runtime.invoke_endpoint(EndpointName="e", Body=b"x")["Body"].read()


def test_traffic_follows_the_weights(two: str, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # Every fortieth of the range once: the shares are exact, whatever the order.
    points = iter([n / 40 for n in range(40)])
    monkeypatch.setattr(routes.random, "random", lambda: next(points))
    assert variants_of(client("sagemaker-runtime"), 40) == {"A": 30, "B": 10}


def test_a_target_variant_overrides_the_weights(two: str, client: Any) -> None:
    runtime = client("sagemaker-runtime")
    assert variants_of(runtime, 3, TargetVariant="B") == {"B": 3}
    with pytest.raises(ClientError, match="Variant C not found"):
        runtime.invoke_endpoint(EndpointName="e", Body=b"x", TargetVariant="C")


def test_a_weight_of_zero_gets_no_traffic(
    two: str,
    sm: Any,
    client: Any,
    controllers: Controllers,
    clock: FakeClock,
    platform: Platform,
    loop: Loop,
) -> None:
    def weigh(**weights: float) -> None:
        changes = [{"VariantName": name, "DesiredWeight": weight} for name, weight in weights.items()]
        sm.update_endpoint_weights_and_capacities(EndpointName="e", DesiredWeightsAndCapacities=changes)
        turn(controllers, clock, 2, 0.1)
        refresh(platform, loop)

    runtime = client("sagemaker-runtime")
    weigh(A=0.0)
    assert variants_of(runtime, 20) == {"B": 20}
    weigh(B=0.0)
    with pytest.raises(ClientError, match="No variant has a weight above zero"):
        runtime.invoke_endpoint(EndpointName="e", Body=b"x")
    assert variants_of(runtime, 1, TargetVariant="A") == {"A": 1}


def test_a_new_generation_gets_no_traffic_before_all_of_it_answers(
    in_service: str,
    sm: Any,
    role: str,
    client: Any,
    controllers: Controllers,
    clock: FakeClock,
    farm: Farm,
    runs: FakeExecutor,
    platform: Platform,
    loop: Loop,
) -> None:
    make_config(sm, role, "c2", InitialInstanceCount=2)
    sm.update_endpoint(EndpointName="e", EndpointConfigName="c2")
    turn(controllers, clock, 2, 0.1)
    fresh = [run for run in runs.specs if run not in farm.workers]
    runs.full = True
    farm.bring_up(lambda head, body: (200, {}, b"new"))
    farm.workers[fresh[1]].close()  # one of the two does not answer yet
    turn(controllers, clock, 2, 0.1)
    refresh(platform, loop)
    answer = client("sagemaker-runtime").invoke_endpoint(EndpointName="e", Body=b"old")
    assert answer["Body"].read() == b"old"
    assert sm.describe_endpoint(EndpointName="e")["ProductionVariants"][0]["CurrentInstanceCount"] == 1
    runs.finish(fresh[1], code=1)


def test_an_invocation_survives_the_death_of_its_worker(
    in_service: str,
    client: Any,
    controllers: Controllers,
    clock: FakeClock,
    farm: Farm,
    platform: Platform,
    loop: Loop,
) -> None:
    (run,) = list(farm.workers)
    asked, never = threading.Event(), threading.Event()

    def hang(head: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        asked.set()
        never.wait(30)
        return 500, {}, b"of the dead"

    farm.workers[run].reply = hang
    runtime = client("sagemaker-runtime")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(runtime.invoke_endpoint, EndpointName="e", Body=b"4711")
        assert asked.wait(10)
        farm.kill(run)
        turn(controllers, clock, 2)
        farm.bring_up()
        turn(controllers, clock, 2)
        refresh(platform, loop)
        assert waiting.result(20)["Body"].read() == b"4711"
    never.set()


def test_nobody_answers_for_too_long(
    in_service: str, client: Any, farm: Farm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "_RETURN_SECONDS", 0.01)
    farm.kill(next(iter(farm.workers)))
    runtime = client("sagemaker-runtime")
    with pytest.raises(ClientError) as caught:
        runtime.invoke_endpoint(EndpointName="e", Body=b"x")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    assert caught.value.response["Error"]["Code"] == "ServiceUnavailable"


def test_an_invocation_has_its_time(
    in_service: str, client: Any, farm: Farm, platform: Platform, loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 60 seconds on AWS, and AWS's sentence
    monkeypatch.setattr(invoke, "_INVOCATION_SECONDS", 0.05)
    (worker,) = farm.workers.values()
    release = threading.Event()

    def slow(head: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        release.wait(10)
        return 200, {}, b"late"

    worker.reply = slow
    runtime = client("sagemaker-runtime")
    with pytest.raises(runtime.exceptions.ModelError) as caught:
        runtime.invoke_endpoint(EndpointName="e", Body=b"x")
    release.set()
    assert "Your invocation timed out while waiting for a response from container primary" in str(
        caught.value
    )
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 424
    loop.run(background.of(platform).meter.flush())
    names = [m["MetricName"] for m in client("cloudwatch").list_metrics(Namespace="AWS/SageMaker")["Metrics"]]
    assert "Invocation5XXErrors" in names


def test_a_serverless_variant_takes_no_more_at_once_than_it_may(
    sm: Any,
    role: str,
    client: Any,
    controllers: Controllers,
    clock: FakeClock,
    farm: Farm,
    platform: Platform,
    loop: Loop,
) -> None:
    # serverless-endpoints: an invocation above MaxConcurrency is a ThrottlingException, 429
    make_config(sm, role, "c1")
    config = {"MemorySizeInMB": 2048, "MaxConcurrency": 1}
    variant = {"VariantName": "A", "ModelName": "m", "ServerlessConfig": config}
    sm.create_endpoint_config(EndpointConfigName="s", ProductionVariants=[variant])
    sm.create_endpoint(EndpointName="e", EndpointConfigName="s")
    turn(controllers, clock, 2, 0.1)
    asked, release = threading.Event(), threading.Event()

    def slow(head: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        asked.set()
        release.wait(10)
        return 200, {}, body

    farm.bring_up(slow)
    turn(controllers, clock, 2, 0.1)
    runtime = client("sagemaker-runtime")
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(runtime.invoke_endpoint, EndpointName="e", Body=b"1")
        assert asked.wait(10)
        with pytest.raises(ClientError) as caught:
            runtime.invoke_endpoint(EndpointName="e", Body=b"2")
        assert caught.value.response["Error"]["Code"] == "ThrottlingException"
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
        # The route may be renewed while an invocation is under way: it is still counted, and counted down.
        sm.update_endpoint_weights_and_capacities(
            EndpointName="e", DesiredWeightsAndCapacities=[{"VariantName": "A", "DesiredWeight": 2.0}]
        )
        turn(controllers, clock, 2, 0.1)
        refresh(platform, loop)
        with pytest.raises(ClientError, match="Rate exceeded"):
            runtime.invoke_endpoint(EndpointName="e", Body=b"2")
        release.set()
        assert first.result(10)["Body"].read() == b"1"
    assert runtime.invoke_endpoint(EndpointName="e", Body=b"3")["Body"].read() == b"3"


def test_a_stream_that_breaks_off_ends_with_an_error_event(in_service: str, client: Any, farm: Farm) -> None:
    (worker,) = farm.workers.values()
    head = b'{"content-type": "text/plain"}'
    # HEAD, a CHUNK, and an END that says what went wrong: what a server sends when the model's generator raises
    frames = [(3, struct.pack("<HH", 200, len(head)) + head), (4, b"first"), (5, b"the generator raised")]
    worker._answer = lambda stream, kind, payload: b"".join(
        struct.pack("<IIB", 5 + len(part), stream, number) + part for number, part in frames
    )
    runtime = client("sagemaker-runtime")
    body = iter(runtime.invoke_endpoint_with_response_stream(EndpointName="e", Body=b"x")["Body"])
    assert next(body) == {"PayloadPart": {"Bytes": b"first"}}
    with pytest.raises(EventStreamError, match="the generator raised"):
        next(body)
    with pytest.raises(runtime.exceptions.ModelError, match="the generator raised"):
        runtime.invoke_endpoint(EndpointName="e", Body=b"x")


def test_a_stream_that_is_refused_is_a_model_error(in_service: str, client: Any, farm: Farm) -> None:
    (worker,) = farm.workers.values()
    worker.reply = lambda head, body: (500, {"content-type": "text/plain"}, [b"went ", b"wrong"])
    runtime = client("sagemaker-runtime")
    with pytest.raises(runtime.exceptions.ModelError) as caught:
        runtime.invoke_endpoint_with_response_stream(EndpointName="e", Body=b"x")
    assert caught.value.response["OriginalMessage"] == "went wrong"


def test_an_endpoint_that_never_served_cannot_be_invoked(
    sm: Any, role: str, client: Any, controllers: Controllers, clock: FakeClock
) -> None:
    make_config(sm, role, "c1")
    sm.create_endpoint(EndpointName="e", EndpointConfigName="c1")
    turn(controllers, clock, 1, 0.1)
    with pytest.raises(ClientError) as caught:
        client("sagemaker-runtime").invoke_endpoint(EndpointName="e", Body=b"x")
    assert caught.value.response["Error"]["Code"] == "ValidationError"


@pytest.mark.parametrize("member", ["TargetContainerHostname", "InferenceComponentName"])
def test_what_an_endpoint_does_not_have_is_refused(in_service: str, client: Any, member: str) -> None:
    with pytest.raises(ClientError, match=f"does not support {member}"):
        client("sagemaker-runtime").invoke_endpoint(EndpointName="e", Body=b"x", **{member: "x"})
