"""Accounts are apart: what another account's administrator gives of this account (ARNs, names, tokens, places) means nothing
there, changes nothing here, and does not tell what is here and what is not.

The calls themselves are in tests/security/matrix; here are the other ways in, and the answers side by side.
Sources: "Cross-account policy evaluation logic" (IAM User Guide), and the API references of each operation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from tests.conftest import ACCOUNT
from tests.inprocess import Loop
from tests.security.matrix import callers
from tests.security.matrix.callers import ALLOW_ALL, Caller, document
from tests.security.matrix.inputs import cloudwatch, iam, logs, s3
from tests.security.matrix.inputs.sagemaker import core as sagemaker
from tests.security.matrix.inputs.sagemaker import registry
from tests.security.matrix.snapshot import change
from tests.security.matrix.world import MARKER, World
from tests.support.images import XGBOOST

Params = dict[str, Any]
SAGEMAKER = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:"
LOGS = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:"
IAM = f"arn:aws:iam::{ACCOUNT}:"


class Two:
    """Our account with something of each kind, and the administrator of another, who has a user and a role."""

    def __init__(self, world: World) -> None:
        self.world = world
        sagemaker.prepare(world)
        cloudwatch.prepare(world)
        self.stranger = next(caller for caller in world.outsiders if caller.name == "strangers-admin")
        self.group = logs.the_stream(world)
        self.model = sagemaker.a_model(world)["ModelName"]
        self.package = registry.a_package(world)["ModelPackageName"]
        self.bucket = s3.the_bucket(world)
        self.policy = iam.a_policy(world)["PolicyArn"]
        self.user = iam.a_user(world)["UserName"]
        theirs = world.client("iam", self.stranger)
        theirs.create_user(UserName="theirs")
        trust = {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
        self.role = theirs.create_role(RoleName="theirs", AssumeRolePolicyDocument=document(trust))["Role"][
            "Arn"
        ]
        theirs.put_role_policy(RoleName="theirs", PolicyName="p", PolicyDocument=document(ALLOW_ALL))

    def call(self, caller: Caller, service: str, operation: str, params: Params) -> tuple[str, str]:
        """Error code and sentence; empty for a success."""
        try:
            getattr(self.world.client(service, caller), xform_name(operation))(**params)
        except ClientError as error:
            said = error.response["Error"]
            return said["Code"], said.get("Message", "")
        return "", ""


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory, loop: Loop) -> Iterator[Two]:
    world = World("sagemaker", tmp_path_factory.mktemp("w"), loop)
    yield Two(world)
    world.close()


# what is given by ARN, or within a request -----------------------------------------------------------------------


def _training(two: Two, **more: Any) -> Params:
    return {**sagemaker.CASES["CreateTrainingJob"].make(two.world), "RoleArn": two.role, **more}


def _channel(uri: str) -> list[Params]:
    source = {"S3DataType": "S3Prefix", "S3Uri": uri}
    return [{"ChannelName": "train", "DataSource": {"S3DataSource": source}}]


def _model(two: Two, **container: Any) -> Params:
    return {
        "ModelName": two.world.fresh("model"),
        "ExecutionRoleArn": two.role,
        "PrimaryContainer": container,
    }


def _key_of_ours(two: Two) -> str:
    return iam.shared("key", iam.key)(two.world)["AccessKeyId"]


OURS: dict[str, Callable[[Two], tuple[str, str, Params]]] = {
    "log group": lambda t: ("logs", "FilterLogEvents", {"logGroupIdentifier": LOGS + t.group["logGroupName"]}),
    "log group with its star": lambda t: (
        "logs", "DescribeLogStreams", {"logGroupIdentifier": f"{LOGS}{t.group['logGroupName']}:*"}
    ),
    "log stream": lambda t: (
        "logs", "GetLogEvents",
        {"logGroupIdentifier": LOGS + t.group["logGroupName"], "logStreamName": t.group["logStreamName"]},
    ),
    "package": lambda t: ("sagemaker", "DescribeModelPackage", {"ModelPackageName": t.package}),
    "package to approve": lambda t: (
        "sagemaker", "UpdateModelPackage", {"ModelPackageArn": t.package, "ModelApprovalStatus": "Approved"}
    ),
    "package of a model": lambda t: ("sagemaker", "CreateModel", _model(t, ModelPackageName=t.package)),
    "packages of a group": lambda t: (
        "sagemaker", "DescribeModelPackageGroup",
        {"ModelPackageGroupName": f"{SAGEMAKER}model-package-group/{registry.a_group(t.world)['ModelPackageGroupName']}"},
    ),
    "model of a configuration": lambda t: (
        "sagemaker", "CreateEndpointConfig",
        {**sagemaker.CASES["CreateEndpointConfig"].make(t.world), "EndpointConfigName": "theirs"},
    ),
    "data of a model": lambda t: (
        "sagemaker", "CreateModel", _model(t, Image=XGBOOST, ModelDataUrl=f"s3://{t.bucket}/secret")
    ),
    "data of a job": lambda t: (
        "sagemaker", "CreateTrainingJob", _training(t, InputDataConfig=_channel(f"s3://{t.bucket}/secret"))
    ),
    "role of a job": lambda t: ("sagemaker", "CreateTrainingJob", _training(t, RoleArn=f"{IAM}role/jobs")),
    "tags": lambda t: ("sagemaker", "ListTags", {"ResourceArn": f"{SAGEMAKER}model/{t.model}"}),
    "policy attached": lambda t: ("iam", "AttachUserPolicy", {"UserName": "theirs", "PolicyArn": t.policy}),
    "policy as a boundary": lambda t: (
        "iam", "PutUserPermissionsBoundary", {"UserName": "theirs", "PermissionsBoundary": t.policy}
    ),
    "boundary of a new user": lambda t: (
        "iam", "CreateUser", {"UserName": t.world.fresh("u"), "PermissionsBoundary": t.policy}
    ),
    "policy of a session": lambda t: (
        "sts", "GetFederationToken", {"Name": "guest", "PolicyArns": [{"arn": t.policy}]}
    ),
    "user simulated": lambda t: (
        "iam", "SimulatePrincipalPolicy",
        {"PolicySourceArn": f"{IAM}user/{t.user}", "ActionNames": ["s3:GetObject"]},
    ),
    "user's context keys": lambda t: (
        "iam", "GetContextKeysForPrincipalPolicy", {"PolicySourceArn": f"{IAM}user/{t.user}"}
    ),
    "key to switch off": lambda t: (
        "iam", "UpdateAccessKey", {"UserName": "theirs", "AccessKeyId": _key_of_ours(t), "Status": "Inactive"}
    ),
    "key to delete": lambda t: ("iam", "DeleteAccessKey", {"UserName": "theirs", "AccessKeyId": _key_of_ours(t)}),
    "role": lambda t: ("sts", "AssumeRole", {"RoleArn": f"{IAM}role/jobs", "RoleSessionName": "s1"}),
    "copy from a bucket": lambda t: (
        "s3", "CopyObject", {"Bucket": "theirs", "Key": "k", "CopySource": f"{t.bucket}/secret"}
    ),
    "copy to a bucket": lambda t: (
        "s3", "CopyObject", {"Bucket": t.bucket, "Key": "k", "CopySource": "theirs/own"}
    ),
}  # fmt: skip


@pytest.mark.parametrize("ours", OURS.values(), ids=OURS.keys())
def test_what_is_ours_means_nothing_there(two: Two, ours: Callable[[Two], tuple[str, str, Params]]) -> None:
    _own_bucket(two)
    service, operation, params = ours(two)
    before = two.world.observer.state()
    code, sentence = two.call(two.stranger, service, operation, params)
    assert code, "it was done"
    assert "500" not in code
    assert "Internal" not in code
    assert MARKER not in sentence
    assert not two.world.shows_marker()
    assert not change(before, two.world.observer.state())


def _own_bucket(two: Two) -> None:
    """A bucket `theirs` of the stranger's."""

    def make(world: World) -> bool:
        theirs = world.client("s3", two.stranger)
        theirs.create_bucket(Bucket="theirs")
        theirs.put_object(Bucket="theirs", Key="own", Body=b"own")
        return True

    two.world.once("their bucket", make)


# tokens of pages ------------------------------------------------------------------------------------------------

# Service, operation, parameters for a first page, the member of the answer and of the request that hold the token.
PAGES = [
    ("sagemaker", "ListModels", {"MaxResults": 1}, "NextToken", "NextToken"),
    ("sagemaker", "ListEndpointConfigs", {"MaxResults": 1}, "NextToken", "NextToken"),
    ("sagemaker", "Search", {"Resource": "Model", "MaxResults": 1}, "NextToken", "NextToken"),
    ("logs", "DescribeLogGroups", {"limit": 1}, "nextToken", "nextToken"),
    ("iam", "ListUsers", {"MaxItems": 1}, "Marker", "Marker"),
    ("iam", "ListPolicies", {"Scope": "Local", "MaxItems": 1}, "Marker", "Marker"),
]


@pytest.mark.parametrize(("service", "operation", "params", "gives", "takes"), PAGES)
def test_a_page_goes_on_in_its_own_account(
    two: Two, service: str, operation: str, params: Params, gives: str, takes: str
) -> None:
    for make in (sagemaker.model, logs.group, iam.user, iam.policy):
        two.world.once(f"one more {make}", make)
    for number in range(2):
        two.world.once(f"config {number}", sagemaker.endpoint_config)
    ours = getattr(two.world.client(service), xform_name(operation))
    token = ours(**params)[gives]
    assert ours(**params, **{takes: token})
    code, _ = two.call(two.stranger, service, operation, {**params, takes: token})
    assert code in ("ValidationException", "ValidationError", "InvalidParameterException", "InvalidNextToken")


# what is there and what is not ----------------------------------------------------------------------------------

# Calls about `{}`, and a name that there is. A name that there is not, of as many letters, is answered alike.
ASKED: dict[str, tuple[str, str, Params, Callable[[Two], str]]] = {
    "model": ("sagemaker", "DescribeModel", {"ModelName": "{}"}, lambda t: t.model),
    "model by ARN": ("sagemaker", "ListTags", {"ResourceArn": SAGEMAKER + "model/{}"}, lambda t: t.model),
    "package": ("sagemaker", "DescribeModelPackage", {"ModelPackageName": "{}"}, lambda t: t.package),
    "endpoint": (
        "sagemaker-runtime", "InvokeEndpoint", {"EndpointName": "{}", "Body": b"1"},
        lambda t: t.world.once("endpoint", sagemaker.in_service),
    ),
    "log group": ("logs", "DescribeLogStreams", {"logGroupName": "{}"}, lambda t: t.group["logGroupName"]),
    "log group by ARN": (
        "logs", "ListTagsForResource", {"resourceArn": LOGS + "{}"}, lambda t: t.group["logGroupName"]
    ),
    "user": ("iam", "GetUser", {"UserName": "{}"}, lambda t: t.user),
    "user simulated": (
        "iam", "SimulatePrincipalPolicy", {"PolicySourceArn": IAM + "user/{}", "ActionNames": ["s3:GetObject"]},
        lambda t: t.user,
    ),
    "policy": ("iam", "GetPolicy", {"PolicyArn": "{}"}, lambda t: t.policy),
    "role": ("sts", "AssumeRole", {"RoleArn": IAM + "role/{}", "RoleSessionName": "s1"}, lambda t: "jobs"),
    "role to pass": (
        "sagemaker", "CreateModel", {"ModelName": "x", "ExecutionRoleArn": IAM + "role/{}",
                                     "PrimaryContainer": {"Image": XGBOOST}},
        lambda t: "jobs",
    ),
    "key": ("s3", "GetObject", {"Bucket": "{bucket}", "Key": "{}"}, lambda t: "secret"),
    "key by HEAD": ("s3", "HeadObject", {"Bucket": "{bucket}", "Key": "{}"}, lambda t: "secret"),
    "key by its tags": ("s3", "GetObjectTagging", {"Bucket": "{bucket}", "Key": "{}"}, lambda t: "secret"),
    "key to delete": ("s3", "DeleteObject", {"Bucket": "{bucket}", "Key": "{}"}, lambda t: "secret"),
    "key to write": ("s3", "PutObject", {"Bucket": "{bucket}", "Key": "{}", "IfNoneMatch": "*"}, lambda t: "secret"),
    "key to copy": (
        "s3", "CopyObject", {"Bucket": "theirs", "Key": "k", "CopySource": "{bucket}/{}"}, lambda t: "secret"
    ),
    "version": (
        "s3", "GetObject", {"Bucket": "{bucket}", "Key": "secret", "VersionId": "{}"}, lambda t: "null"
    ),
    "upload": (
        "s3", "ListParts", {"Bucket": "{bucket}", "Key": "up", "UploadId": "{}"},
        lambda t: t.world.once("upload", s3.upload)["UploadId"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("service", "operation", "params", "name"), ASKED.values(), ids=ASKED.keys())
@pytest.mark.parametrize("who", ["strangers-admin", "nobody", "powerless"])
def test_an_answer_does_not_tell_what_is_there(
    two: Two, who: str, service: str, operation: str, params: Params, name: Callable[[Two], str]
) -> None:
    _own_bucket(two)
    caller = next(caller for caller in two.world.outsiders if caller.name == who)
    there = name(two)
    ghost = there[:-1] + ("9" if there[-1] != "9" else "8")
    answers = []
    for text in (there, ghost):
        filled = _replaced(_replaced(params, "{bucket}", two.bucket), "{}", text)
        code, sentence = two.call(caller, service, operation, filled)
        answers.append((code, "" if sentence.startswith("<") else sentence.replace(text, "{}")))
    assert answers[0][0], "it was done"
    assert answers[0] == answers[1]


@pytest.mark.parametrize("member", ["data of a job", "data of a model"])
def test_a_job_does_not_tell_either(two: Two, member: str) -> None:
    """What a job reads is looked for with the job's role: the refusal is the same for what is there."""
    service, operation, params = OURS[member](two)
    there = two.call(two.stranger, service, operation, params)
    ghost = _replaced(params, f"{two.bucket}/secret", f"{two.bucket}/sucret")
    other = two.call(two.stranger, service, operation, ghost)
    assert there[0]
    assert (other[0], other[1].replace("sucret", "secret")) == there


def _replaced(value: Any, old: str, new: str) -> Any:
    if isinstance(value, dict):
        return {key: _replaced(one, old, new) for key, one in value.items()}
    if isinstance(value, list):
        return [_replaced(one, old, new) for one in value]
    return value.replace(old, new) if isinstance(value, str) else value


@pytest.mark.parametrize("expected", [ACCOUNT, callers.STRANGERS_ACCOUNTS[1], "1", "x" * 12])
def test_an_expected_owner_lets_nobody_in(two: Two, expected: str) -> None:
    for operation, params in (
        ("GetObject", {"Bucket": two.bucket, "Key": "secret"}),
        ("PutObject", {"Bucket": two.bucket, "Key": "new"}),
        ("ListObjectsV2", {"Bucket": two.bucket}),
    ):
        code, _ = two.call(two.stranger, "s3", operation, {**params, "ExpectedBucketOwner": expected})
        assert code in ("AccessDenied", "InvalidBucketOwnerAWSAccountID")
    own = two.call(
        two.world.owner, "s3", "ListObjectsV2", {"Bucket": two.bucket, "ExpectedBucketOwner": expected}
    )
    assert bool(own[0]) is (expected != ACCOUNT)
