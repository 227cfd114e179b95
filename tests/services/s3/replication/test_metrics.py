"""Metrics of replication. Oracle: "S3 Replication metrics in CloudWatch" (S3 User Guide, metrics-dimensions)."""

from __future__ import annotations

from typing import Any

import pytest

from clary.services.s3.metrics import replication as metrics
from tests.services.s3.replication.conftest import make, rule

METRICS = {"Metrics": {"Status": "Enabled"}}


@pytest.fixture
def store(platform: Any, loop: Any) -> Any:
    return lambda: loop.run(metrics.store(platform))


@pytest.fixture
def shown(client: Any, clock: Any) -> Any:
    """`shown("ReplicationLatency")`: the greatest value of a metric of the rule, None without data."""

    def show(metric: str, to: str = "target") -> float | None:
        named = {"SourceBucket": "bucket", "DestinationBucket": to, "RuleId": f"to-{to}"}
        found = client("cloudwatch").get_metric_statistics(
            Namespace="AWS/S3",
            MetricName=metric,
            Dimensions=[{"Name": name, "Value": value} for name, value in named.items()],
            StartTime=clock.now() - 3600,
            EndTime=clock.now() + 60,
            Period=86400,
            Statistics=["Maximum"],
        )["Datapoints"]
        return found[0]["Maximum"] if found else None

    return show


def test_what_is_pending_and_how_long_it_took(
    s3: Any, versioned: str, target: str, configure: Any, replicate: Any, store: Any, shown: Any, clock: Any
) -> None:
    configure(versioned, rule(target, Destination=METRICS))
    for key in ("a", "b"):
        s3.put_object(Bucket=versioned, Key=key, Body=b"12345")
    clock.advance(30)
    assert store() == 1
    assert shown("OperationsPendingReplication") == 2
    assert shown("BytesPendingReplication") == 10
    assert shown("ReplicationLatency") == pytest.approx(30, abs=1)
    clock.advance(30)
    replicate()
    store()
    assert shown("ReplicationLatency") == pytest.approx(60, abs=1)
    assert shown("OperationsFailedReplication") == 0
    assert store() == 0, "a rule without anything to do has no data"


def test_what_failed(
    s3: Any, client: Any, versioned: str, target: str, configure: Any, replicate: Any, store: Any, shown: Any
) -> None:
    configure(versioned, rule(target, Destination=METRICS))
    client("iam").delete_role_policy(RoleName="replicator", PolicyName="p")
    s3.put_object(Bucket=versioned, Key="a", Body=b"12345")
    replicate()
    store()
    assert (shown("OperationsFailedReplication"), shown("OperationsPendingReplication")) == (1, 0)


def test_the_id_of_a_rule_that_no_dimension_can_have(
    s3: Any, versioned: str, target: str, configure: Any, store: Any, shown: Any
) -> None:
    make(s3, "other")
    odd = rule("other", Destination=METRICS) | {"ID": "größe", "Priority": 2}
    configure(versioned, rule(target, Destination=METRICS), odd)
    s3.put_object(Bucket=versioned, Key="a", Body=b"12345")
    assert store() == 1
    assert shown("OperationsPendingReplication") == 1


def test_rules_that_do_not_ask_have_none(
    client: Any, s3: Any, versioned: str, target: str, configure: Any, replicate: Any, store: Any
) -> None:
    configure(versioned, rule(target))
    s3.put_object(Bucket=versioned, Key="a", Body=b"12345")
    assert store() == 0
    replicate()
    assert store() == 0
    assert client("cloudwatch").list_metrics(Namespace="AWS/S3")["Metrics"] == []
