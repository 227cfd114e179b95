"""Events of the platform's own services. Source: "Amazon SageMaker AI event types in EventBridge" (SageMaker Developer Guide)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from clary.plane import Platform
from clary.server.consumers import Consumers
from tests.services.events.conftest import to_logs
from tests.support.images import XGBOOST
from tests.support.principals import allow, role, trust
from tests.support.sagemaker_requests import training_request

Client = Callable[..., Any]
Received = Callable[[str], list[Any]]


@pytest.fixture
def consume(platform: Platform) -> Callable[[], None]:
    """Let EventBridge hear what has changed."""
    return Consumers(platform, consumers=platform.services["events"].consumers).once


def test_an_approval_is_an_event(
    client: Client, events: Any, received: Received, consume: Callable[[], None]
) -> None:
    group = to_logs(client, "g")
    pattern = {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {"ModelPackageGroupName": ["churn"], "ModelApprovalStatus": ["Approved"]},
    }
    events.put_rule(Name="approved", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="approved", Targets=[{"Id": "t", "Arn": group}])
    sm = client("sagemaker")
    sm.create_model_package_group(ModelPackageGroupName="churn")
    arn = sm.create_model_package(
        ModelPackageGroupName="churn",
        ModelApprovalStatus="PendingManualApproval",
        InferenceSpecification={
            "Containers": [{"Image": XGBOOST}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )["ModelPackageArn"]
    consume()
    assert received("g") == []
    sm.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    consume()
    consume()
    (event,) = received("g")
    assert (event["source"], event["resources"]) == ("aws.sagemaker", [arn])
    assert event["detail"]["ModelPackageVersion"] == 1
    assert event["detail"]["ModelApprovalStatus"] == "Approved"
    assert isinstance(event["detail"]["CreationTime"], int)


def test_a_training_job_tells_how_it_gets_on(
    client: Client,
    events: Any,
    received: Received,
    consume: Callable[[], None],
    controllers: Any,
) -> None:
    group = to_logs(client, "g")
    pattern = {"source": ["aws.sagemaker"], "detail-type": ["SageMaker Training Job State Change"]}
    events.put_rule(Name="jobs", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="jobs", Targets=[{"Id": "t", "Arn": group}])
    s3 = client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="train/a.csv", Body=b"1,2\n")
    trusts = trust({"Service": "sagemaker.amazonaws.com"})
    jobs = role(client, trusts, allow("s3:*"), name="jobs")
    client("sagemaker").create_training_job(**training_request(jobs))
    consume()
    controllers.once()
    consume()
    told = received("g")
    assert told[0]["detail"]["TrainingJobName"] == "job-1"
    assert {event["detail"]["TrainingJobStatus"] for event in told} == {"InProgress"}
    assert [event["detail"]["SecondaryStatus"] for event in told][:1] == ["Starting"]
    assert isinstance(told[0]["detail"]["CreationTime"], int)
    assert all(event["resources"] == [event["detail"]["TrainingJobArn"]] for event in told)
