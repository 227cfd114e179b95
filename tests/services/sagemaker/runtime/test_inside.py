"""Operations that stream, called by what has no event loop: controllers, handlers in threads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clary.kernel import AwsError
from clary.plane import Context, Platform, Record, World
from clary.services.sagemaker.runtime import background

SCOPE = "111122223333/us-east-1"
NAMES = {"EndpointName": "e"}


@pytest.fixture
def world(platform: Platform, as_in_a_gateway: background.State) -> World:
    """What a controller has, in a process without the gateway's background work; acts by the root of the account."""
    as_in_a_gateway.is_kept = False
    record = Record("sagemaker:Pipeline", SCOPE, "p", f"arn:aws:sagemaker:us-east-1:{SCOPE[:12]}:pipeline/p")
    return World(platform, platform.clock.now(), record, "sagemaker.amazonaws.com")


@pytest.fixture
def as_role(role: str) -> dict[str, str]:
    return {"role": role}


def test_a_controller_writes_and_reads_objects(world: World, as_role: Any, stored: Any) -> None:
    for body in (b"small", b"large" * 300_000):
        place = {"Bucket": "bucket", "Key": "report.bin"}
        world.call("s3", "PutObject", {**place, "Body": body}, **as_role)
        assert world.call("s3", "GetObject", place, **as_role)["Body"] == body
        assert stored.get_object(**place)["Body"].read() == body


def test_a_refusal_is_the_callers(world: World, as_role: Any) -> None:
    with pytest.raises(AwsError) as caught:
        world.call("s3", "GetObject", {"Bucket": "bucket", "Key": "nothing"}, **as_role)
    assert caught.value.code == "NoSuchKey"


@pytest.fixture
def served(client: Any, in_service: str) -> Any:
    """An endpoint that answers, and a role that may invoke it."""
    client("iam").attach_role_policy(
        RoleName="Jobs", PolicyArn="arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
    )
    return client("cloudwatch")


def test_a_controller_invokes_an_endpoint(world: World, as_role: Any, served: Any) -> None:
    answer = world.call("sagemaker-runtime", "InvokeEndpoint", {**NAMES, "Body": b"1,2"}, **as_role)
    assert set(answer) >= {"Body", "InvokedProductionVariant"}
    assert isinstance(answer["Body"], bytes)
    names = {metric["MetricName"] for metric in served.list_metrics(Namespace="AWS/SageMaker")["Metrics"]}
    assert "Invocations" in names, "what it counted is stored at once: nothing else would"


def test_it_follows_an_endpoint_that_changes(
    world: World, as_role: Any, served: Any, platform: Platform
) -> None:
    world.call("sagemaker-runtime", "InvokeEndpoint", {**NAMES, "Body": b"1,2"}, **as_role)
    with platform.store.write() as tx:
        endpoint = tx.get("sagemaker:Endpoint", SCOPE, "e")
        assert endpoint is not None
        tx.delete(endpoint)
    with pytest.raises(AwsError) as caught:
        world.call("sagemaker-runtime", "InvokeEndpoint", {**NAMES, "Body": b"1,2"}, **as_role)
    assert "not found" in caught.value.message


def test_a_handler_in_a_thread_uses_objects_and_a_transaction(
    client: Any, platform: Platform, stored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a service does whose request names a document in S3, on which the record that it writes depends."""

    def handler(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
        found = ctx.call("s3", "GetObject", {"Bucket": "bucket", "Key": "train/a.csv"})["Body"]
        ctx.call("s3", "PutObject", {"Bucket": "bucket", "Key": "copy", "Body": found})
        with ctx.transaction(write=True) as inner:
            inner.tx.tag("arn", {"size": str(len(found))})
        return {"ModelArn": "arn:aws:sagemaker:us-east-1:111122223333:model/m"}

    actions = platform.services["sagemaker"].actions
    monkeypatch.setitem(
        actions, "CreateModel", replace(actions["CreateModel"], handler=handler, lane="compute")
    )
    client("sagemaker").create_model(ModelName="m")
    with platform.store.read() as tx:
        assert tx.tags("arn") == {"size": "4"}
    assert stored.get_object(Bucket="bucket", Key="copy")["Body"].read() == b"1,2\n"
