"""Tags are set and shown by the service whose resource it is: policies by `aws:ResourceTag` and sessions by
`aws:PrincipalTag` lean on that nobody sets them by the right to another service's TagResource."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import ACCOUNT

TAG = [{"Key": "team", "Value": "red"}]
Client = Callable[..., Any]


@pytest.fixture
def arns(client: Client) -> dict[str, str]:
    """Something of each service, with a tag."""
    client("sagemaker").create_model_package_group(ModelPackageGroupName="g", Tags=TAG)
    client("cloudwatch").put_metric_alarm(
        AlarmName="a", Namespace="N", MetricName="m", Period=60, Statistic="Sum", Threshold=1.0,
        ComparisonOperator="GreaterThanThreshold", EvaluationPeriods=1, Tags=TAG,
    )  # fmt: skip
    client("logs").create_log_group(logGroupName="l", tags={"team": "red"})
    client("iam").create_user(UserName="u", Tags=TAG)
    return {
        "sagemaker": f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:model-package-group/g",
        "cloudwatch": f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:a",
        "logs": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:l",
        "iam": f"arn:aws:iam::{ACCOUNT}:user/u",
    }


@pytest.fixture
def tagger(client: Client) -> Callable[[str], Any]:
    """`tagger("logs")`: a client of a service as a user who may do everything with that service."""
    iam = client("iam")
    iam.create_user(UserName="tagger")
    key = iam.create_access_key(UserName="tagger")["AccessKey"]

    def make(service: str) -> Any:
        allow = {"Effect": "Allow", "Action": f"{service}:*", "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        iam.put_user_policy(UserName="tagger", PolicyName="p", PolicyDocument=document)
        return client(service, key=key["AccessKeyId"], secret=key["SecretAccessKey"])

    return make


# How each service takes tags by ARN: set, remove, list.
CALLS: dict[str, list[Callable[[Any, str], Any]]] = {
    "sagemaker": [
        lambda c, arn: c.add_tags(ResourceArn=arn, Tags=[{"Key": "team", "Value": "blue"}]),
        lambda c, arn: c.delete_tags(ResourceArn=arn, TagKeys=["team"]),
        lambda c, arn: c.list_tags(ResourceArn=arn),
    ],
    "cloudwatch": [
        lambda c, arn: c.tag_resource(ResourceARN=arn, Tags=[{"Key": "team", "Value": "blue"}]),
        lambda c, arn: c.untag_resource(ResourceARN=arn, TagKeys=["team"]),
        lambda c, arn: c.list_tags_for_resource(ResourceARN=arn),
    ],
    "logs": [
        lambda c, arn: c.tag_resource(resourceArn=arn, tags={"team": "blue"}),
        lambda c, arn: c.untag_resource(resourceArn=arn, tagKeys=["team"]),
        lambda c, arn: c.list_tags_for_resource(resourceArn=arn),
    ],
}


@pytest.mark.parametrize("service", CALLS)
def test_a_service_tags_what_is_its_own(
    client: Client, arns: dict[str, str], tagger: Callable[[str], Any], service: str
) -> None:
    calls = tagger(service)
    others = [arn for name, arn in arns.items() if name != service]
    said = [_said(call, calls, arn) for call in CALLS[service] for arn in others]
    assert [text for text in said if "red" in text] == []
    assert _tags(client, arns) == {name: {"team": "red"} for name in arns}


def _said(call: Callable[[Any, str], Any], client: Any, arn: str) -> str:
    try:
        return json.dumps(call(client, arn))
    except ClientError as refused:
        return refused.response["Error"]["Code"]


def _tags(client: Client, arns: dict[str, str]) -> dict[str, dict[str, str]]:
    lists = {
        "sagemaker": client("sagemaker").list_tags(ResourceArn=arns["sagemaker"])["Tags"],
        "cloudwatch": client("cloudwatch").list_tags_for_resource(ResourceARN=arns["cloudwatch"])["Tags"],
        "iam": client("iam").list_user_tags(UserName="u")["Tags"],
    }
    found = {name: {tag["Key"]: tag["Value"] for tag in tags} for name, tags in lists.items()}
    return found | {"logs": client("logs").list_tags_for_resource(resourceArn=arns["logs"])["tags"]}
