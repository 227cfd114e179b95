"""Policies that open and close tags, as clients see them."""

from __future__ import annotations

import pytest

from tests.support.principals import ACCOUNT, Client, allow, policy, user
from tests.support.refusals import code_of


def test_a_user_is_made_with_tags_by_who_may_tag_users(client: Client) -> None:
    # "Tagging IAM resources": iam:TagUser beside iam:CreateUser; with it a condition on the tags.
    tags = [{"Key": "team", "Value": "a"}]
    may = {**allow("iam:TagUser"), "Condition": {"StringEquals": {"aws:RequestTag/team": "a"}}}
    ann = client("iam", **user(client, "ann", allow("iam:CreateUser"), may))
    assert (
        code_of(lambda: ann.create_user(UserName="bob", Tags=[{"Key": "team", "Value": "b"}]))
        == "AccessDenied"
    )
    assert code_of(lambda: ann.create_user(UserName="bob", Tags=tags)) == ""
    assert code_of(lambda: ann.create_user(UserName="eve")) == ""
    assert client("iam").get_user(UserName="bob")["User"]["Tags"] == tags


@pytest.mark.parametrize("right", ["logs:TagResource", "logs:TagLogGroup"])
def test_either_right_tags_a_new_log_group(client: Client, right: str) -> None:
    # "You must have either the logs:TagResource or logs:TagLogGroup permission" (CreateLogGroup, API reference).
    ann = client("logs", **user(client, "ann", allow("logs:CreateLogGroup")))
    group = {"logGroupName": "/a", "tags": {"team": "a"}}
    assert code_of(lambda: ann.create_log_group(**group)) == "AccessDeniedException"
    client("iam").put_user_policy(UserName="ann", PolicyName="q", PolicyDocument=policy(allow(right)))
    assert code_of(lambda: ann.create_log_group(**group)) == ""
    denied = {"Effect": "Deny", "Action": right, "Resource": "*"}
    client("iam").put_user_policy(UserName="ann", PolicyName="r", PolicyDocument=policy(denied))
    assert code_of(lambda: ann.create_log_group(**{**group, "logGroupName": "/b"})) == "AccessDeniedException"


def test_an_alarm_with_tags(client: Client) -> None:
    # "To be able to associate tags with the alarm … you must have the cloudwatch:TagResource permission" (PutMetricAlarm).
    alarm = {
        "AlarmName": "a", "Namespace": "n", "MetricName": "m", "Statistic": "Sum", "Period": 60,
        "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold",
    }  # fmt: skip
    ann = client("cloudwatch", **user(client, "ann", allow("cloudwatch:PutMetricAlarm")))
    assert code_of(lambda: ann.put_metric_alarm(**alarm, Tags=[{"Key": "a", "Value": "b"}])) == "AccessDenied"
    assert code_of(lambda: ann.put_metric_alarm(**alarm)) == ""


def test_a_model_package_group_with_tags(client: Client) -> None:
    only_made = {"StringEquals": {"sagemaker:TaggingAction": "CreateModelPackageGroup"}}
    tags = [{"Key": "a", "Value": "b"}]
    ann = client("sagemaker", **user(client, "ann", allow("sagemaker:CreateModelPackageGroup")))
    assert (
        code_of(lambda: ann.create_model_package_group(ModelPackageGroupName="g", Tags=tags))
        == "AccessDeniedException"
    )
    assert code_of(lambda: ann.create_model_package_group(ModelPackageGroupName="h", Tags=[])) == ""
    may = {**allow("sagemaker:AddTags"), "Condition": only_made}
    client("iam").put_user_policy(UserName="ann", PolicyName="q", PolicyDocument=policy(may))
    arn = ann.create_model_package_group(ModelPackageGroupName="g", Tags=tags)["ModelPackageGroupArn"]
    assert client("sagemaker").list_tags(ResourceArn=arn)["Tags"] == tags
    assert code_of(lambda: ann.add_tags(ResourceArn=arn, Tags=tags)) == "AccessDeniedException"


def test_removing_tags_may_be_denied_by_their_keys(client: Client) -> None:
    # aws:TagKeys: "Use this key to compare the tag keys in a request", also of those that are to go.
    keep = {
        "Effect": "Deny",
        "Action": "iam:Untag*",
        "Resource": "*",
        "Condition": {"ForAnyValue:StringEquals": {"aws:TagKeys": "team"}},
    }
    iam = client("iam")
    iam.create_user(UserName="bob", Tags=[{"Key": "team", "Value": "a"}, {"Key": "x", "Value": "a"}])
    ann = client("iam", **user(client, "ann", allow("iam:*"), keep))
    assert code_of(lambda: ann.untag_user(UserName="bob", TagKeys=["x", "team"])) == "AccessDenied"
    assert code_of(lambda: ann.untag_user(UserName="bob", TagKeys=["x"])) == ""


@pytest.mark.parametrize("kind", ["user", "group"])
def test_a_new_name_needs_the_right_to_it(client: Client, kind: str) -> None:
    """ "For example, to change Bob to Robert, the entity making the request must have permission on Bob and Robert"
    (UpdateUser, API reference)."""
    iam, word = client("iam"), kind.capitalize()
    getattr(iam, f"create_{kind}")(**{f"{word}Name": "bob"})
    mine = [f"arn:aws:iam::{ACCOUNT}:{kind}/{name}" for name in ("bob", "robert", "staff/*")]
    ann = client("iam", **user(client, "ann", allow("iam:*", mine)))

    def update(name: str, **new: str) -> str:
        return code_of(lambda: getattr(ann, f"update_{kind}")(**{f"{word}Name": name}, **new))

    assert update("bob", **{f"New{word}Name": "admin"}) == "AccessDenied"
    assert update("bob", NewPath="/admins/") == "AccessDenied"
    assert update("bob", **{f"New{word}Name": "robert"}) == ""
    assert update("robert", NewPath="/staff/") == ""


@pytest.mark.parametrize("call", ["create_endpoint", "update_endpoint"])
def test_an_endpoint_is_about_its_configuration_too(client: Client, call: str) -> None:
    """Service Authorization Reference: endpoint* and endpoint-config* are required resources of both."""
    mine = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:endpoint"
    ann = client(
        "sagemaker", **user(client, "ann", allow("sagemaker:*", [f"{mine}/dev", f"{mine}-config/dev"]))
    )

    def try_(config: str) -> str:
        return code_of(lambda: getattr(ann, call)(EndpointName="dev", EndpointConfigName=config))

    assert try_("prod") == "AccessDeniedException"
    assert try_("dev") == "ValidationException"  # allowed: there is none of that name
