"""A platform is in one partition, and a resource has one ARN: who calls cannot choose how it is spelt.

Oracle: "Amazon Resource Names (ARNs)" (AWS General Reference): ARNs of S3 and of IAM have no region, and a partition is a
group of regions that the account belongs to.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clary.kernel import Arn, AwsError, Caller, FakeClock
from clary.plane import Platform
from clary.plane.action import Action
from clary.plane.authorization.questions import arns_of
from clary.runs.fake import FakeExecutor
from clary.server.assemble import assemble
from clary.server.gateway import Gateway
from clary.server.home import Home
from clary.server.local_api import LocalApi
from clary.server.location import Misplaced
from clary.server.options import Options
from clary.wire import Router, partitions, regions
from tests.conftest import ACCOUNT, ROOT_KEY, ROOT_SECRET
from tests.inprocess import InProcess, Loop
from tests.support.principals import policy
from tests.support.refusals import code_of

Client = Callable[..., Any]
_GLOBAL = ("iam", "sts", "s3")
_REGIONS = ("us-east-1", "eu-west-1")
_ROOT = f"arn:aws:iam::{ACCOUNT}:root"


def user(client: Client, *statements: dict[str, Any], name: str = "ann") -> dict[str, str]:
    iam = client("iam")
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy(*statements))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"key": key["AccessKeyId"], "secret": key["SecretAccessKey"]}


# every action ----------------------------------------------------------------------------------------------------


# What has a form of its own: names in KMS.
_FORMS = {
    **dict.fromkeys(
        ("KeyId", "TargetKeyId", "SourceKeyId", "DestinationKeyId"), "00000000-0000-4000-8000-000000000000"
    ),
    "AliasName": "alias/thing",
    "TaskHandle": base64.b64encode(
        b'{"taskId": "t", "sourceArn": "arn:aws:iam::%s:role/thing"}' % ACCOUNT.encode()
    ).decode(),
    "QueueUrl": f"https://queue.amazonaws.com/{ACCOUNT}/thing",
    "Resource": f"arn:aws:iam::{ACCOUNT}:role/thing",  # of Lambda's tags
}


def _sample(name: str, shape: Any) -> Any:
    """A value that a member may have, as far as the ARN of a call is made of it."""
    if shape.type_name == "list":
        return [_sample(name, shape.member)]
    if "Arn" in name or "arn" in name.lower()[-4:]:
        return f"arn:aws:iam::{ACCOUNT}:role/thing"
    if name in _FORMS:
        return _FORMS[name]
    if shape.type_name == "structure":
        return {name: _sample(name, shape.members[name]) for name in shape.required_members}
    return "thing" if shape.type_name == "string" else {}


def _asked(platform: Platform, service: str, operation: str, region: str) -> tuple[str, ...]:
    """The ARNs that IAM is asked about for a call that gives every member."""
    action: Action = platform.services[service].actions[operation]
    ctx = platform.context(service, operation, Caller(ACCOUNT, _ROOT, ACCOUNT, _ROOT, is_root=True), region)
    shape = ctx.op.botocore.input_shape
    members = {name: _sample(name, member) for name, member in (shape.members if shape else {}).items()}
    # They stand in the place of another name, or are a code that would have to be right.
    for instead in ("logGroupIdentifier", "GrantToken", "SerialNumber", "TokenCode"):
        members.pop(instead, None)
    with platform.store.read() as tx:
        return tuple(arns_of(replace(ctx, tx=tx), action, members))


def test_the_arn_of_every_action_has_the_region_or_none(platform: Platform) -> None:
    """A region among the parts of a global service's ARN, or another than the call's, would let policies be evaded."""
    wrong, regional = [], 0
    for service in platform.services.values():
        for operation, action in service.actions.items():
            here, there = (_asked(platform, service.name, operation, region) for region in _REGIONS)
            if action.name.partition(":")[0] in _GLOBAL and service.name != "s3control":
                wrong += [(action.name, here, there)] if here != there else []
                continue
            for region, arns in zip(_REGIONS, (here, there), strict=True):
                own = [Arn.parse(arn) for arn in arns if arn != "*" and not arn.endswith("role/thing")]
                wrong += [(action.name, arn, region) for arn in own if arn.region != region]
                regional += len(own)
    assert not wrong
    assert regional > 100


def test_every_arn_is_of_the_platforms_partition(platform: Platform) -> None:
    for service in platform.services.values():
        for operation in service.actions:
            for region in (*_REGIONS, "cn-north-1", "us-gov-west-1"):
                arns = _asked(platform, service.name, operation, region)
                assert all(arn == "*" or arn.startswith("arn:aws:") for arn in arns), (operation, arns)


# denies hold, wherever a call is signed for ---------------------------------------------------------------------

_ELSEWHERE = ["us-east-1", "eu-west-1", "cn-north-1", "us-gov-west-1"]


@pytest.mark.parametrize("region", _ELSEWHERE)
def test_a_deny_on_a_bucket_holds_in_every_region(client: Client, region: str) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="vault")
    s3.put_object(Bucket="vault", Key="secret", Body=b"x")
    named = ["arn:aws:s3:::vault", "arn:aws:s3:::vault/*"]
    everything = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    keys = user(client, everything, {"Effect": "Deny", "Action": "s3:*", "Resource": named})
    mine = client("s3", **keys, region_name=region)
    assert code_of(mine.get_object, Bucket="vault", Key="secret")
    assert code_of(mine.put_object, Bucket="vault", Key="new", Body=b"x")
    assert code_of(mine.list_objects_v2, Bucket="vault")


@pytest.mark.parametrize("region", _ELSEWHERE)
def test_a_bucket_policy_that_denies_everybody_holds_in_every_region(client: Client, region: str) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="vault")
    s3.put_object(Bucket="vault", Key="secret", Body=b"x")
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::vault/*"}
    s3.put_bucket_policy(Bucket="vault", Policy=policy(deny))
    assert code_of(client("s3", region_name=region).get_object, Bucket="vault", Key="secret")


@pytest.mark.parametrize("region", _ELSEWHERE)
def test_a_boundary_of_all_but_one_bucket_holds_in_every_region(client: Client, region: str) -> None:
    client("s3").create_bucket(Bucket="vault")
    but = {"Effect": "Allow", "Action": "*", "NotResource": ["arn:aws:s3:::vault", "arn:aws:s3:::vault/*"]}
    edge = client("iam").create_policy(PolicyName="edge", PolicyDocument=policy(but))["Policy"]["Arn"]
    keys = user(client, {"Effect": "Allow", "Action": "*", "Resource": "*"})
    client("iam").put_user_permissions_boundary(UserName="ann", PermissionsBoundary=edge)
    assert code_of(client("s3", **keys, region_name=region).list_objects_v2, Bucket="vault")


@pytest.mark.parametrize("region", _ELSEWHERE)
def test_a_deny_on_new_users_holds_in_every_region(client: Client, region: str) -> None:
    keys = user(
        client,
        {"Effect": "Allow", "Action": "iam:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "iam:CreateUser", "Resource": "arn:aws:iam::*:user/admin*"},
    )
    assert code_of(client("iam", **keys, region_name=region).create_user, UserName="admin-1")


def test_a_user_does_not_become_what_its_maker_may_not_make(client: Client) -> None:
    """UpdateUser (API reference): "the requester must have appropriate permissions on both the source object and the
    target object"."""
    keys = user(
        client,
        {"Effect": "Allow", "Action": "iam:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "iam:*", "Resource": "arn:aws:iam::*:*/admin*"},
    )
    mine = client("iam", **keys)
    mine.create_user(UserName="x")
    mine.create_group(GroupName="x")
    assert code_of(mine.update_user, UserName="x", NewUserName="admin-1") == "AccessDenied"
    assert code_of(mine.update_user, UserName="x", NewPath="/admin/") == "AccessDenied"
    assert code_of(mine.update_group, GroupName="x", NewGroupName="admin-1") == "AccessDenied"
    assert code_of(mine.update_user, UserName="x", NewUserName="y") == ""


def test_a_service_linked_role_is_asked_about_by_its_own_arn(client: Client) -> None:
    role = client("iam").create_service_linked_role(AWSServiceName="sagemaker.amazonaws.com")["Role"]
    keys = user(
        client,
        {"Effect": "Allow", "Action": "iam:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "iam:DeleteServiceLinkedRole", "Resource": role["Arn"]},
    )
    refused = code_of(client("iam", **keys).delete_service_linked_role, RoleName=role["RoleName"])
    assert refused == "AccessDenied"


def test_the_name_of_an_alarm_is_not_taken_for_an_arn(client: Client) -> None:
    allowed = f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:allowed-*"
    keys = user(client, {"Effect": "Allow", "Action": "cloudwatch:*", "Resource": allowed})
    alarm = {
        "MetricName": "m", "Namespace": "n", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1,
        "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold",
    }  # fmt: skip
    mine = client("cloudwatch", **keys)
    assert code_of(mine.put_metric_alarm, AlarmName="allowed-1", **alarm) == ""
    assert code_of(mine.put_metric_alarm, AlarmName=allowed.replace("*", "1"), **alarm) == "AccessDenied"


# a platform of another partition --------------------------------------------------------------------------------


@pytest.fixture
def chinese(tmp_path: Path, clock: FakeClock, runs: FakeExecutor, loop: Loop) -> Iterator[InProcess]:
    """The application of a platform that stands for AWS in China."""
    options = Options(
        account=ACCOUNT, access_key_id=ROOT_KEY, secret_access_key=ROOT_SECRET, partition="aws-cn"
    )
    home = Home.at(tmp_path / "cn")
    built = assemble(home, options, clock=clock, runs=runs)
    router = Router([service.model for service in built.services.values()])
    yield InProcess(Gateway(built, router, LocalApi(built, home, options)), loop)
    built.store.close()


def test_a_platform_of_another_partition_speaks_of_it_everywhere(chinese: InProcess) -> None:
    def client(name: str, key: str = ROOT_KEY, secret: str = ROOT_SECRET) -> Any:
        return chinese.client(name, key, secret, region_name="cn-north-1")

    assert client("sts").get_caller_identity()["Arn"] == f"arn:aws-cn:iam::{ACCOUNT}:root"
    iam, s3 = client("iam"), client("s3")
    arn = iam.create_user(UserName="ann")["User"]["Arn"]
    assert arn == f"arn:aws-cn:iam::{ACCOUNT}:user/ann"
    configuration = {"LocationConstraint": "cn-north-1"}
    made = s3.create_bucket(Bucket="data", CreateBucketConfiguration=configuration)
    assert made["BucketArn"] == s3.head_bucket(Bucket="data")["BucketArn"] == "arn:aws-cn:s3:::data"
    group = client("logs")
    group.create_log_group(logGroupName="g")
    assert group.describe_log_groups()["logGroups"][0]["arn"].startswith("arn:aws-cn:logs:cn-north-1:")
    full = "arn:aws-cn:iam::aws:policy/AmazonSageMakerFullAccess"
    iam.attach_user_policy(UserName="ann", PolicyArn=full)
    text = json.dumps(iam.get_policy_version(PolicyArn=full, VersionId="v1")["PolicyVersion"]["Document"])
    assert "arn:aws-cn:s3:::*SageMaker*" in text
    assert "arn:aws:" not in text
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    mine = client("s3", key["AccessKeyId"], key["SecretAccessKey"])
    assert code_of(mine.list_objects_v2, Bucket="data") == ""
    named = {"AWS": arn}
    deny = {"Effect": "Deny", "Principal": named, "Action": "s3:*", "Resource": "arn:aws-cn:s3:::data"}
    s3.put_bucket_policy(Bucket="data", Policy=policy(deny))
    assert code_of(mine.list_objects_v2, Bucket="data") == "AccessDenied"


@pytest.mark.parametrize("element", ["Resource", "Principal"])
def test_a_policy_that_names_another_partition_is_refused(client: Client, element: str) -> None:
    """It would be about nothing: a deny that denies nothing."""
    client("s3").create_bucket(Bucket="data")
    statement = {
        "Effect": "Deny",
        "Principal": {"AWS": _ROOT},
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::data/*",
    }
    fine = policy(statement)
    bad = json.dumps(json.loads(fine))
    bad = (
        bad.replace("arn:aws:s3", "arn:aws-cn:s3")
        if element == "Resource"
        else bad.replace("aws:iam", "aws-cn:iam")
    )
    assert code_of(client("s3").put_bucket_policy, Bucket="data", Policy=bad) == "MalformedPolicy"
    assert code_of(client("s3").put_bucket_policy, Bucket="data", Policy=fine) == ""


def test_iam_refuses_resources_and_principals_of_another_partition(client: Client) -> None:
    iam = client("iam")
    foreign = {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws-us-gov:s3:::b"}
    assert (
        code_of(iam.create_policy, PolicyName="p", PolicyDocument=policy(foreign))
        == "MalformedPolicyDocument"
    )
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws-cn:iam::444455556666:root"},
        "Action": "sts:AssumeRole",
    }
    refused = code_of(iam.create_role, RoleName="r", AssumeRolePolicyDocument=policy(trust))
    assert refused == "MalformedPolicyDocument"


# where a platform can be ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (Options(partition="aws-mars"), "CLARY_PARTITION must be one of aws, aws-cn, .*not 'aws-mars'"),
        (
            Options(regions=("eu-west-1", "cn-north-1")),
            "'cn-north-1', which is not a region of the partition aws",
        ),
        (
            Options(partition="aws-cn", regions=("us-east-1",)),
            "'us-east-1', which is not a region of .* aws-cn",
        ),
    ],
)
def test_what_is_no_place_is_refused(tmp_path: Path, options: Options, sentence: str) -> None:
    with pytest.raises(Misplaced, match=sentence):
        assemble(Home.at(tmp_path / "home"), options)


def test_a_home_keeps_its_partition(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    first = assemble(home, Options(partition="aws-cn"))
    first.store.close()
    again = assemble(home, Options(regions=("cn-north-1",)))  # not told, it stays where it is
    assert (again.settings.partition, again.settings.regions) == ("aws-cn", {"cn-north-1"})
    again.store.close()
    with pytest.raises(Misplaced, match="of the partition aws-cn, and CLARY_PARTITION is 'aws'"):
        assemble(home, Options(partition="aws"))


def test_a_home_from_before_there_were_others_is_in_aws(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    assemble(home, Options()).store.close()
    home.location.unlink()
    with pytest.raises(Misplaced):
        assemble(home, Options(partition="aws-cn"))
    assemble(home, Options()).store.close()


def test_a_database_keeps_its_partition_also_under_another_home(platform: Platform, client: Client) -> None:
    client("iam").create_user(UserName="ann")
    home = Home.at(platform.settings.home)
    for file in (home.location, home.identity):
        file.unlink()
    with pytest.raises(Misplaced, match="of the partition aws,"):
        assemble(home, Options(partition="aws-cn"))


def test_every_region_is_of_one_partition() -> None:
    found = [region for partition in partitions() for region in regions(partition)]
    assert len(found) == len(set(found))
    assert "us-east-1" in regions("aws")


# buckets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("constraint", ["cn-north-1", "us-gov-west-1", "eu-nowhere-7", "x"])
def test_a_bucket_is_in_a_region_of_the_platform(platform: Platform, constraint: str) -> None:
    root = Caller(ACCOUNT, _ROOT, ACCOUNT, _ROOT, is_root=True)
    for region in ("us-east-1", constraint):
        params = {"Bucket": "data", "CreateBucketConfiguration": {"LocationConstraint": constraint}}
        with pytest.raises(AwsError) as caught:
            platform.perform("s3", "CreateBucket", params, root, region)
        assert caught.value.code == "InvalidLocationConstraint"
