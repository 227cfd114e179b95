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


RESERVED = {"Key": "AWS:cloudformation:stack-name", "Value": "x"}
# What takes tags of users beside the Create operations of jobs, models and endpoints, which share one check.
TAKERS: dict[str, tuple[str, Callable[[Any, dict[str, str]], Any], str]] = {
    "group": (
        "sagemaker",
        lambda c, arns: c.create_model_package_group(ModelPackageGroupName="h", Tags=[RESERVED]),
        "ValidationException",
    ),
    "AddTags": (
        "sagemaker",
        lambda c, arns: c.add_tags(ResourceArn=arns["sagemaker"], Tags=[RESERVED]),
        "ValidationException",
    ),
    "alarm": (
        "cloudwatch",
        lambda c, arns: c.put_metric_alarm(
            AlarmName="b", Namespace="N", MetricName="m", Period=60, Statistic="Sum", Threshold=1.0,
            ComparisonOperator="GreaterThanThreshold", EvaluationPeriods=1, Tags=[RESERVED],
        ),
        "InvalidParameterValue",
    ),
    "alarm's TagResource": (
        "cloudwatch",
        lambda c, arns: c.tag_resource(ResourceARN=arns["cloudwatch"], Tags=[RESERVED]),
        "InvalidParameterValue",
    ),
    "log group": (
        "logs",
        lambda c, arns: c.create_log_group(logGroupName="k", tags={RESERVED["Key"]: "x"}),
        "InvalidParameterException",
    ),
    "log group's TagResource": (
        "logs",
        lambda c, arns: c.tag_resource(resourceArn=arns["logs"], tags={RESERVED["Key"]: "x"}),
        "InvalidParameterException",
    ),
    "TagLogGroup": (
        "logs",
        lambda c, arns: c.tag_log_group(logGroupName="l", tags={RESERVED["Key"]: "x"}),
        "InvalidParameterException",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TAKERS)
def test_keys_of_awss_own_are_refused(client: Client, arns: dict[str, str], name: str) -> None:
    """https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html: "The aws: prefix is
    reserved"; the sentence is reported by users of CloudFormation for CloudWatch and SageMaker alike."""
    service, call, code = TAKERS[name]
    with pytest.raises(ClientError) as caught:
        call(client(service), arns)
    error = caught.value.response["Error"]
    assert (error["Code"], error["Message"]) == (
        code,
        "aws: prefixed tag key names are not allowed for external use.",
    )
    assert _tags(client, arns) == {name: {"team": "red"} for name in arns}
    assert (
        client("sagemaker").list_model_package_groups(NameContains="h")["ModelPackageGroupSummaryList"] == []
    )
    assert client("cloudwatch").describe_alarms(AlarmNames=["b"])["MetricAlarms"] == []
    assert client("logs").describe_log_groups(logGroupNamePrefix="k")["logGroups"] == []


def test_an_alarm_has_fifty_tags_at_most(client: Client, arns: dict[str, str]) -> None:
    """API reference of CloudWatch's TagResource; the alarm of this test has one already."""
    cloudwatch = client("cloudwatch")
    many = [{"Key": f"k{n}", "Value": ""} for n in range(49)]
    cloudwatch.tag_resource(ResourceARN=arns["cloudwatch"], Tags=many)
    cloudwatch.tag_resource(ResourceARN=arns["cloudwatch"], Tags=TAG)  # there already
    with pytest.raises(ClientError) as caught:
        cloudwatch.tag_resource(ResourceARN=arns["cloudwatch"], Tags=[{"Key": "one", "Value": "more"}])
    assert caught.value.response["Error"]["Code"] == "InvalidParameterValue"
