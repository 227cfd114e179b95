"""Limits of calls for each account and operation, and how each protocol says that there were too many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import AwsError, Caller
from clary.plane import Platform
from clary.plane.around import Invocation
from clary.plane.throttling import BadLimits, Limit, Throttling, limits_of, throttled
from clary.server.assemble import Options, assemble
from clary.server.home import Home
from clary.wire import load
from tests.plane.tiny import REGION, ROOT, call

OPERATIONS: dict[str, dict[str, object]] = {
    "sagemaker": {"CreateModel": 1, "DescribeModel": 1},
    "s3": {"PutObject": 1},
}


class TestWhatIsSaid:
    def test_each_form(self) -> None:
        text = "sagemaker:CreateModel=5/s, s3:*=100/m *:*=1000/h"
        assert limits_of(text, OPERATIONS) == {
            ("sagemaker", "CreateModel"): Limit(5, 1.0),
            ("s3", "*"): Limit(100, 60.0),
            ("*", "*"): Limit(1000, 3600.0),
        }
        assert limits_of("", OPERATIONS) == {}

    @pytest.mark.parametrize(
        "text",
        [
            "sagemaker:CreateModel",
            "sagemaker=5/s",
            "s3:*=0/s",
            "s3:*=-1/s",
            "s3:*=1.5/s",
            "s3:*=5/d",
            "nowhere:*=5/s",
            "sagemaker:PutObject=5/s",
            "*:Nothing=5/s",
        ],
    )
    def test_what_cannot_be_meant(self, text: str) -> None:
        with pytest.raises(BadLimits, match=text.split(":")[0].replace("*", r"\*")):
            limits_of(text, OPERATIONS)


class Hand:
    """A clock that is set by hand, and a hook that runs by it."""

    def __init__(self, text: str, small: Platform) -> None:
        self.now = 0.0
        self.platform = small
        known = {name: service.actions for name, service in small.services.items()}
        self.hook = Throttling(limits_of(text, known), lambda: self.now)

    def call(self, operation: str = "DescribeModel", caller: Caller = ROOT, inside: bool = False) -> float:
        """Return 0 for a call that may go on, else the seconds that it is told to wait."""
        ctx = self.platform.context("sagemaker", operation, caller, REGION)
        ctx.inside = inside
        try:
            self.hook.before(Invocation((), ctx, {}))
        except AwsError as error:
            return int(error.headers["x-amz-retry-after"]) / 1000
        return 0.0


class TestBuckets:
    def test_so_many_at_once_and_then_one_by_one(self, small: Platform) -> None:
        hand = Hand("sagemaker:DescribeModel=4/s", small)
        assert [hand.call() for _ in range(5)] == [0, 0, 0, 0, 0.25]
        hand.now += 0.25
        assert [hand.call(), hand.call()] == [0, 0.25]
        hand.now += 1000
        assert [hand.call() for _ in range(5)] == [0, 0, 0, 0, 0.25], "no more are saved up"

    def test_accounts_and_operations_do_not_share(self, small: Platform) -> None:
        hand = Hand("*:*=1/s", small)
        other = replace(ROOT, account="999988887777")
        assert [hand.call(), hand.call("ListModels"), hand.call(caller=other)] == [0, 0, 0]
        assert [hand.call(), hand.call("ListModels"), hand.call(caller=other)] == [1, 1, 1]

    def test_the_closest_counts(self, small: Platform) -> None:
        hand = Hand("*:*=1/h, sagemaker:*=2/h, sagemaker:DescribeModel=3/h", small)
        assert [hand.call() for _ in range(4)] == [0, 0, 0, 1200]
        assert [hand.call("ListModels") for _ in range(3)] == [0, 0, 1800]

    def test_what_is_not_limited(self, small: Platform) -> None:
        hand = Hand("sagemaker:CreateModel=1/h", small)
        assert [hand.call() for _ in range(100)] == [0] * 100

    def test_calls_from_inside_belong_to_one_that_was_counted(self, small: Platform) -> None:
        hand = Hand("*:*=1/h", small)
        assert [hand.call(inside=True) for _ in range(3)] == [0, 0, 0]
        small.around = (hand.hook,)
        for _ in range(3):
            call(small, "ListModels")

    def test_its_memory_has_a_bound(self, small: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("clary.plane.throttling._MOST_BUCKETS", 3)
        hand = Hand("*:*=1/h", small)
        for number in range(10):
            hand.call(caller=replace(ROOT, account=f"{number:012}"))
        assert len(hand.hook._buckets) == 3


@pytest.mark.parametrize(
    ("service", "operation", "code", "status"),
    [
        ("sagemaker", "CreateModel", "ThrottlingException", 400),
        ("sagemaker-runtime", "InvokeEndpoint", "ThrottlingException", 429),
        ("logs", "PutLogEvents", "ThrottlingException", 400),
        ("dynamodb", "GetItem", "ThrottlingException", 400),
        ("iam", "ListRoles", "Throttling", 400),
        ("cloudwatch", "ListMetrics", "Throttling", 400),
        ("ec2", "DescribeInstances", "RequestLimitExceeded", 503),
        ("s3", "PutObject", "SlowDown", 503),
    ],
)
def test_each_protocol_has_words_of_its_own(service: str, operation: str, code: str, status: int) -> None:
    """CommonErrors of each API reference; "Error responses" of S3."""
    error = throttled(load(service).operations[operation], 0.1)
    assert (error.code, error.status, error.headers["x-amz-retry-after"]) == (code, status, "100")


@pytest.mark.parametrize(
    ("service", "operation", "code", "status"),
    [
        ("sagemaker", "list_models", "ThrottlingException", 400),
        ("iam", "list_roles", "Throttling", 400),
        ("cloudwatch", "list_metrics", "Throttling", 400),
        ("s3", "list_buckets", "SlowDown", 503),
    ],
)
def test_boto3_is_told_and_may_come_back(
    platform: Platform, client: Callable[..., Any], service: str, operation: str, code: str, status: int
) -> None:
    known = {name: one.actions for name, one in platform.services.items()}
    platform.around = (*platform.around, Throttling(limits_of("*:*=1/h", known)))
    ask = getattr(client(service), operation)
    ask()
    with pytest.raises(ClientError) as caught:
        ask()
    answer = caught.value.response["ResponseMetadata"]
    assert (caught.value.response["Error"]["Code"], answer["HTTPStatusCode"]) == (code, status)
    assert 3_590_000 < int(answer["HTTPHeaders"]["x-amz-retry-after"]) <= 3_600_000


def test_nothing_starts_with_limits_that_cannot_be_meant(tmp_path: Path) -> None:
    with pytest.raises(BadLimits, match="CreateModle"):
        assemble(Home.at(tmp_path), Options(throttle="sagemaker:CreateModle=5/s"))
    assert not (tmp_path / "clary.db").exists()


def test_a_platform_is_started_with_its_limits(tmp_path: Path) -> None:
    built = assemble(Home.at(tmp_path), Options(throttle="sagemaker:CreateModel=5/s"))
    assert [type(hook).__name__ for hook in built.around] == ["Metering", "LastUse", "Throttling"]
    built.close()
