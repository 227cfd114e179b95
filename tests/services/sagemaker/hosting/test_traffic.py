"""What an endpoint's record says of its traffic. Through invocations: runtime/test_invoke.py."""

from __future__ import annotations

from typing import Any

import pytest

from clary.plane import Document, Record
from clary.services.sagemaker.hosting import traffic

ROLE = "arn:aws:iam::111122223333:role/Jobs"


def variant(name: str, weight: float, **more: Any) -> dict[str, Any]:
    model = {"ExecutionRoleArn": ROLE, "PrimaryContainer": {}}
    return {"VariantName": name, "InitialVariantWeight": weight, "_model": model, **more}


def replica(name: str, generation: int, socket: str, ready: bool = True, **more: int) -> dict[str, Any]:
    members = {"variant": name, "generation": generation, "socket": socket, "ready": ready}
    return {**members, "number": 0, **more}


def only(*sockets: str) -> tuple[traffic.Part, ...]:
    return (traffic.Part("primary", sockets),)


def endpoint(**private: Any) -> Record:
    return Record(traffic.ENDPOINT, "111122223333/us-east-1", "e", doc=Document(private=private).over({}))


@pytest.fixture
def updated() -> Record:
    """An endpoint of one variant that is served, while an update brings up another."""
    return endpoint(
        served={"variants": [variant("a", 1.0)], "capture": {"DestinationS3Uri": "s3://b/old"}},
        served_generation=1,
        plan={"variants": [variant("b", 2.0)], "capture": {"DestinationS3Uri": "s3://b/new"}},
        generation=2,
        replicas=[replica("a", 1, "/1"), replica("a", 1, "/2", ready=False, number=1), replica("b", 2, "/3")],
    )


def test_only_what_is_served_gets_traffic(updated: Record) -> None:
    assert list(traffic.shares(updated)) == [traffic.Share("a", 1.0, only("/1"), 0, ROLE)]
    assert traffic.served_capture(updated) == {"DestinationS3Uri": "s3://b/old"}
    assert (traffic.ready(updated.private, "a"), traffic.ready(updated.private, "b")) == (1, 0)


def test_the_plan_is_what_comes(updated: Record) -> None:
    assert traffic.planned_variants(updated) == ["b"]
    assert traffic.planned_capture(updated) == {"DestinationS3Uri": "s3://b/new"}


def test_traffic_moves_to_the_plan_as_a_whole(updated: Record) -> None:
    moved = endpoint(**{**updated.private, **traffic.move_to_plan(updated.private)})
    assert list(traffic.shares(moved)) == [traffic.Share("b", 2.0, only("/3"), 0, ROLE)]
    assert traffic.served_capture(moved) == {"DestinationS3Uri": "s3://b/new"}


def test_an_endpoint_that_comes_up_has_no_traffic() -> None:
    new = endpoint(plan={"variants": [variant("a", 1.0)]}, generation=1, replicas=[replica("a", 1, "/1")])
    assert list(traffic.shares(new)) == []
    assert traffic.served_capture(new) is None


def test_a_serverless_variant_has_its_concurrency() -> None:
    plan = {"variants": [variant("a", 1.0, ServerlessConfig={"MaxConcurrency": 3})]}
    (share,) = traffic.shares(endpoint(served=plan, served_generation=1))
    assert (share.parts, share.concurrency) == (only(), 3)


def test_an_instance_serves_when_all_its_containers_answer() -> None:
    """A record that an earlier version wrote has no number of a container."""
    several = {"ExecutionRoleArn": ROLE, "Containers": [{}, {"ContainerHostname": "second"}]}
    plan = {"variants": [variant("a", 1.0, _model=several), variant("b", 1.0)]}
    found = endpoint(
        served=plan,
        served_generation=1,
        replicas=[
            replica("a", 1, "/0"),
            replica("a", 1, "/0-1", container=1),
            replica("a", 1, "/1", number=1, container=0),
            replica("a", 1, "/1-1", number=1, container=1, ready=False),
            replica("b", 1, "/b"),
        ],
    )
    first, second = traffic.shares(found)
    assert first.parts == (traffic.Part("container-1", ("/0", "/1")), traffic.Part("second", ("/0-1",)))
    assert second.parts == only("/b")
    assert (traffic.ready(found.private, "a"), traffic.ready(found.private, "b")) == (1, 1)
