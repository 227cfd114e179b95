"""What a call does besides its own needs the right to that: tags above all, by which policies open and close things.

Oracle: the Service Authorization Reference (dependent actions, required resources); "Required permissions for Amazon S3 API
operations" (S3 User Guide); the API reference of each operation, where it is quoted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.plane import Also, Key, Noun, Platform, Service
from clary.plane.action import Action
from clary.services import load_services
from tests.inprocess import Loop
from tests.support.principals import ACCOUNT, allow, policy, user

Client = Callable[..., Any]

# --- every model -------------------------------------------------------------------------------------------------

_NAMES = ("tag", "tags", "taglist", "tagset", "tagging")
# Operations that take tags and ask for the right in another way: which, and where AWS says so.
ASKED_ELSEWHERE = {
    ("sts", "AssumeRole"): "sts:TagSession, by the role's trust policy (Pass session tags in AWS STS)",
    (
        "sts",
        "GetFederationToken",
    ): "sts:TagSession, of the user's own policies (Pass session tags in AWS STS)",
}


def _tag_members(shape: Any, path: str = "", above: tuple[str, ...] = ()) -> Iterator[str]:
    """The paths of all members below a shape that carry tags, through lists and maps."""
    if shape is None or shape.name in above:
        return
    inner = {"list": "member", "map": "value"}.get(shape.type_name)
    if inner:
        yield from _tag_members(getattr(shape, inner), path, (*above, shape.name))
    for name, member in shape.members.items() if shape.type_name == "structure" else ():
        here = f"{path}.{name}" if path else name
        if name.lower() in _NAMES:
            yield here
        else:
            yield from _tag_members(member, here, (*above, shape.name))


def _tagged_operations() -> Iterator[tuple[str, str, str, Action]]:
    for name, service in load_services().items():
        for operation, action in service.actions.items():
            for path in _tag_members(service.model.operations[operation].input):
                yield name, operation, path, action


def _is_tagging(action: str) -> bool:
    return re.search("Tag|Untag", action.partition(":")[2]) is not None


def test_whatever_takes_tags_needs_the_right_to_set_them() -> None:
    """An operation with a member for tags, wherever it stands in the request, and no right to set them declared, fails
    here: a new one says `also=`, or is put into the table above with its reason."""
    found = list(_tagged_operations())
    forgotten = [
        f"{service}:{operation} takes {path}"
        for service, operation, path, action in found
        if (service, operation) not in ASKED_ELSEWHERE
        and not _is_tagging(action.name)
        and not any(_is_tagging(one.action) and _covers(one, path) for one in action.also)
    ]
    assert forgotten == []
    assert len(found) > 25, "the walk has lost its way"
    assert {(service, operation) for service, operation, *_ in found} >= set(ASKED_ELSEWHERE)


def _covers(also: Also, path: str) -> bool:
    return path in also.members or callable(also.when)


def test_the_walk_finds_what_is_nested() -> None:
    found = {(service, operation, path) for service, operation, path, _ in _tagged_operations()}
    assert ("s3", "CreateBucket", "CreateBucketConfiguration.Tags") in found
    assert ("s3", "PutObject", "Tagging") in found  # a header
    assert ("logs", "CreateLogGroup", "tags") in found


def test_a_new_noun_cannot_forget_it() -> None:
    service = Service("sagemaker")
    service.noun(Noun("Model", arn="model/{ModelName}"))
    assert service.actions["CreateModel"].also == (Also("sagemaker:AddTags", ("Tags",)),)
    assert service.actions["DeleteModel"].also == ()
    logs = Service("logs")
    logs.noun(Noun("LogGroup", arn="log-group:{logGroupName}", key=Key("logGroupName")))
    assert logs.actions["CreateLogGroup"].also == (Also("logs:TagResource", ("tags",)),)


DECLARED = sorted(
    (service, operation, one.action, path)
    for service, operation, path, action in _tagged_operations()
    for one in action.also
    if path in one.members
)


@pytest.mark.parametrize(("service", "operation", "right", "path"), DECLARED)
def test_the_authoriser_asks_for_it(
    platform: Platform, client: Client, loop: Loop, service: str, operation: str, right: str, path: str
) -> None:
    prefix = right.partition(":")[0]
    denied = {"Effect": "Deny", "Action": right, "Resource": "*"}
    ann = user(client, "ann", allow(f"{prefix}:*"), denied)
    request = _smallest(platform, service, operation)
    tags = {"tags": {"a": "b"}, "Tagging": "a=b"}.get(path, [{"Key": "a", "Value": "b"}])
    for name in reversed(path.split(".")):
        tags = {name: tags}
    assert _refused(platform, loop, ann, service, operation, request) is None
    assert right in (_refused(platform, loop, ann, service, operation, request | tags) or "")
    # The hot lane has remembered the first answer by now.
    assert right in (_refused(platform, loop, ann, service, operation, request | tags) or "")


def _smallest(platform: Platform, service: str, operation: str) -> dict[str, Any]:
    shape = platform.services[service].model.operations[operation].input
    texts = [name for name in shape.required_members if shape.members[name].type_name == "string"]
    return dict.fromkeys(texts, "some-name")


def _refused(
    platform: Platform, loop: Loop, keys: dict[str, str], service: str, operation: str, params: dict[str, Any]
) -> str | None:
    """What the authoriser says against a call before it is answered; None when it has nothing to say."""

    async def ask() -> None:
        credential = await platform.authorizer.credential(keys["key"])
        ctx = platform.context(service, operation, credential.caller, "us-east-1")
        action = platform.action(service, operation)
        if action.lane == "stream":
            await platform.authorizer.authorize_hot(ctx, action, params)
            return
        with platform.store.read() as ctx.tx:
            platform.authorizer.authorize(ctx, action, params)

    try:
        loop.run(ask())
    except Exception as error:
        if getattr(error, "code", "").startswith("AccessDenied"):
            return str(error)
        raise
    return None


# --- as clients see it -------------------------------------------------------------------------------------------


def code(call: Callable[[], Any]) -> str:
    """The code of an error, '' for none."""
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"]
    return ""


def test_a_user_is_made_with_tags_by_who_may_tag_users(client: Client) -> None:
    # "Tagging IAM resources": iam:TagUser beside iam:CreateUser; with it a condition on the tags.
    tags = [{"Key": "team", "Value": "a"}]
    may = {**allow("iam:TagUser"), "Condition": {"StringEquals": {"aws:RequestTag/team": "a"}}}
    ann = client("iam", **user(client, "ann", allow("iam:CreateUser"), may))
    assert (
        code(lambda: ann.create_user(UserName="bob", Tags=[{"Key": "team", "Value": "b"}])) == "AccessDenied"
    )
    assert code(lambda: ann.create_user(UserName="bob", Tags=tags)) == ""
    assert code(lambda: ann.create_user(UserName="eve")) == ""
    assert client("iam").get_user(UserName="bob")["User"]["Tags"] == tags


@pytest.mark.parametrize("right", ["logs:TagResource", "logs:TagLogGroup"])
def test_either_right_tags_a_new_log_group(client: Client, right: str) -> None:
    # "You must have either the logs:TagResource or logs:TagLogGroup permission" (CreateLogGroup, API reference).
    ann = client("logs", **user(client, "ann", allow("logs:CreateLogGroup")))
    group = {"logGroupName": "/a", "tags": {"team": "a"}}
    assert code(lambda: ann.create_log_group(**group)) == "AccessDeniedException"
    client("iam").put_user_policy(UserName="ann", PolicyName="q", PolicyDocument=policy(allow(right)))
    assert code(lambda: ann.create_log_group(**group)) == ""
    denied = {"Effect": "Deny", "Action": right, "Resource": "*"}
    client("iam").put_user_policy(UserName="ann", PolicyName="r", PolicyDocument=policy(denied))
    assert code(lambda: ann.create_log_group(**{**group, "logGroupName": "/b"})) == "AccessDeniedException"


def test_an_alarm_with_tags(client: Client) -> None:
    # "To be able to associate tags with the alarm … you must have the cloudwatch:TagResource permission" (PutMetricAlarm).
    alarm = {
        "AlarmName": "a", "Namespace": "n", "MetricName": "m", "Statistic": "Sum", "Period": 60,
        "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold",
    }  # fmt: skip
    ann = client("cloudwatch", **user(client, "ann", allow("cloudwatch:PutMetricAlarm")))
    assert code(lambda: ann.put_metric_alarm(**alarm, Tags=[{"Key": "a", "Value": "b"}])) == "AccessDenied"
    assert code(lambda: ann.put_metric_alarm(**alarm)) == ""


def test_a_model_package_group_with_tags(client: Client) -> None:
    only_made = {"StringEquals": {"sagemaker:TaggingAction": "CreateModelPackageGroup"}}
    tags = [{"Key": "a", "Value": "b"}]
    ann = client("sagemaker", **user(client, "ann", allow("sagemaker:CreateModelPackageGroup")))
    assert (
        code(lambda: ann.create_model_package_group(ModelPackageGroupName="g", Tags=tags))
        == "AccessDeniedException"
    )
    assert code(lambda: ann.create_model_package_group(ModelPackageGroupName="h", Tags=[])) == ""
    may = {**allow("sagemaker:AddTags"), "Condition": only_made}
    client("iam").put_user_policy(UserName="ann", PolicyName="q", PolicyDocument=policy(may))
    arn = ann.create_model_package_group(ModelPackageGroupName="g", Tags=tags)["ModelPackageGroupArn"]
    assert client("sagemaker").list_tags(ResourceArn=arn)["Tags"] == tags
    assert code(lambda: ann.add_tags(ResourceArn=arn, Tags=tags)) == "AccessDeniedException"


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
    assert code(lambda: ann.untag_user(UserName="bob", TagKeys=["x", "team"])) == "AccessDenied"
    assert code(lambda: ann.untag_user(UserName="bob", TagKeys=["x"])) == ""


@pytest.mark.parametrize("kind", ["user", "group"])
def test_a_new_name_needs_the_right_to_it(client: Client, kind: str) -> None:
    """ "For example, to change Bob to Robert, the entity making the request must have permission on Bob and Robert"
    (UpdateUser, API reference)."""
    iam, word = client("iam"), kind.capitalize()
    getattr(iam, f"create_{kind}")(**{f"{word}Name": "bob"})
    mine = [f"arn:aws:iam::{ACCOUNT}:{kind}/{name}" for name in ("bob", "robert", "staff/*")]
    ann = client("iam", **user(client, "ann", allow("iam:*", mine)))

    def update(name: str, **new: str) -> str:
        return code(lambda: getattr(ann, f"update_{kind}")(**{f"{word}Name": name}, **new))

    assert update("bob", **{f"New{word}Name": "admin"}) == "AccessDenied"
    assert update("bob", NewPath="/admins/") == "AccessDenied"
    assert update("bob", **{f"New{word}Name": "robert"}) == ""
    assert update("robert", NewPath="/staff/") == ""


# --- S3 ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def s3(client: Client) -> Any:
    """Root's client, with one bucket of two objects, one of them tagged."""
    s3 = client("s3")
    s3.create_bucket(Bucket="data")
    s3.put_object(Bucket="data", Key="secret", Body=b"x", Tagging="class=secret")
    s3.put_object(Bucket="data", Key="plain", Body=b"y")
    return s3


def writer(client: Client, *more: str) -> Any:
    rights = ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", *more]
    return client("s3", **user(client, "ann", allow(rights, "arn:aws:s3:::data/*")))


def tags_of(s3: Any, key: str) -> dict[str, str]:
    found = s3.get_object_tagging(Bucket="data", Key=key)["TagSet"]
    return {tag["Key"]: tag["Value"] for tag in found}


def copies(s3: Any, source: str, key: str, **more: Any) -> str:
    return code(lambda: s3.copy_object(Bucket="data", Key=key, CopySource=f"data/{source}", **more))


PUBLIC = {"TaggingDirective": "REPLACE", "Tagging": "class=public"}


def test_an_object_is_not_copied_onto_itself_to_change_its_tags(client: Client, s3: Any) -> None:
    """By a bucket's policy on s3:ExistingObjectTag an object of another tag is an open one."""
    ann = writer(client, "s3:GetObjectTagging")
    itself = {"MetadataDirective": "REPLACE"}
    assert copies(ann, "secret", "secret", **itself, **PUBLIC) == "AccessDenied"
    assert copies(ann, "secret", "secret", **itself, TaggingDirective="REPLACE") == "AccessDenied"
    assert copies(ann, "secret", "secret", **itself) == "AccessDenied"
    assert tags_of(s3, "secret") == {"class": "secret"}
    assert copies(ann, "plain", "plain", **itself, TaggingDirective="REPLACE") == ""
    assert copies(ann, "plain", "plain", **itself) == ""


def test_a_version_is_not_copied_over_the_present_one_to_change_its_tags(client: Client, s3: Any) -> None:
    s3.put_bucket_versioning(Bucket="data", VersioningConfiguration={"Status": "Enabled"})
    before = s3.put_object(Bucket="data", Key="k", Body=b"1")["VersionId"]
    s3.put_object(Bucket="data", Key="k", Body=b"1", Tagging="class=secret")
    ann = writer(client)
    assert copies(ann, f"k?versionId={before}", "k") == "AccessDenied"
    assert tags_of(s3, "k") == {"class": "secret"}


def test_new_tags_of_a_copy_need_the_right(client: Client, s3: Any) -> None:
    ann = writer(client)
    assert copies(ann, "plain", "copy", **PUBLIC) == "AccessDenied"
    # Without any it is how clients copy an object and leave its tags behind (`aws s3 cp --copy-props none`).
    assert copies(ann, "secret", "copy", TaggingDirective="REPLACE") == ""
    assert tags_of(s3, "copy") == {}
    tagging = {
        **allow("s3:PutObjectTagging"),
        "Condition": {"StringEquals": {"s3:RequestObjectTag/class": "public"}},
    }
    client("iam").put_user_policy(UserName="ann", PolicyName="q", PolicyDocument=policy(tagging))
    assert copies(ann, "plain", "copy", **PUBLIC) == ""
    assert tags_of(s3, "copy") == {"class": "public"}


def test_tags_are_copied_by_who_may_read_and_set_them(client: Client, s3: Any) -> None:
    """ "You must have s3:GetObjectTagging permission for the source object and s3:PutObjectTagging permission for objects in
    the destination bucket" (AWS re:Post, troubleshoot copying between buckets)."""
    ann = writer(client)
    assert copies(ann, "plain", "copy") == ""
    assert copies(ann, "secret", "copy") == "AccessDenied"
    for right in ("s3:GetObjectTagging", "s3:PutObjectTagging"):
        client("iam").put_user_policy(UserName="ann", PolicyName="q", PolicyDocument=policy(allow(right)))
        assert copies(ann, "secret", "copy") == "AccessDenied", right
    both = policy(allow(["s3:GetObjectTagging", "s3:PutObjectTagging"]))
    client("iam").put_user_policy(UserName="ann", PolicyName="q", PolicyDocument=both)
    assert copies(ann, "secret", "copy") == ""
    assert tags_of(s3, "copy") == {"class": "secret"}
    # A deny of one of the tags holds for those that are copied as well.
    deny = {
        "Effect": "Deny",
        "Action": "s3:PutObjectTagging",
        "Resource": "*",
        "Condition": {"StringEquals": {"s3:RequestObjectTag/class": "secret"}},
    }
    client("iam").put_user_policy(UserName="ann", PolicyName="r", PolicyDocument=policy(deny))
    assert copies(ann, "secret", "other") == "AccessDenied"


def test_the_bucket_of_a_copy_has_its_say(client: Client, s3: Any) -> None:
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObjectTagging",
        "Resource": "arn:aws:s3:::data/*",
    }
    ann = writer(client, "s3:GetObjectTagging", "s3:PutObjectTagging")
    assert copies(ann, "secret", "copy") == ""
    s3.put_bucket_policy(Bucket="data", Policy=policy(deny))
    assert copies(ann, "secret", "copy") == "AccessDenied"


def test_an_upload_with_tags_is_refused_by_the_hot_lane_too(client: Client, s3: Any) -> None:
    ann = writer(client)

    def put(**more: Any) -> str:
        return code(lambda: ann.put_object(Bucket="data", Key="k", Body=b"x", **more))

    assert put() == ""
    assert put(Tagging="class=public") == "AccessDenied"
    assert put() == ""
    assert put(ACL="bucket-owner-full-control") == "AccessDenied"
    started = code(lambda: ann.create_multipart_upload(Bucket="data", Key="k", Tagging="a=b"))
    assert started == "AccessDenied"
    assert code(lambda: ann.create_multipart_upload(Bucket="data", Key="k")) == ""


SHARED = {"Bucket": "data", "Key": "k"}


@pytest.mark.parametrize(
    ("call", "params", "right"),
    [
        ("put_object", {"ACL": "private"}, "s3:PutObjectAcl"),
        ("put_object", {"GrantRead": 'id="x"'}, "s3:PutObjectAcl"),
        ("put_object", {"ObjectLockLegalHoldStatus": "ON"}, "s3:PutObjectLegalHold"),
        (
            "put_object",
            {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": "2999-01-01T00:00:00Z"},
            "s3:PutObjectRetention",
        ),
        ("copy_object", {"CopySource": "data/plain", "ACL": "private"}, "s3:PutObjectAcl"),
        ("create_multipart_upload", {"ACL": "private"}, "s3:PutObjectAcl"),
        ("get_object", {"VersionId": "null"}, "s3:GetObjectVersion"),
        ("head_object", {"VersionId": "null"}, "s3:GetObjectVersion"),
        ("delete_object", {"VersionId": "null"}, "s3:DeleteObjectVersion"),
        ("delete_object", {"IfMatch": '"9dd4e461268c8034f5c8564e155c67a6"'}, "s3:GetObject"),
        ("delete_object", {"BypassGovernanceRetention": True}, "s3:BypassGovernanceRetention"),
        ("get_object_attributes", {"ObjectAttributes": ["ETag"]}, "s3:GetObject"),
        (
            "get_object_attributes",
            {"ObjectAttributes": ["ETag"], "VersionId": "null"},
            "s3:GetObjectVersionAttributes",
        ),
        ("get_object_attributes", {"ObjectAttributes": ["ETag"], "VersionId": "null"}, "s3:GetObjectVersion"),
        ("get_object_tagging", {"VersionId": "null"}, "s3:GetObjectVersionTagging"),
        (
            "put_object_tagging",
            {"VersionId": "null", "Tagging": {"TagSet": []}},
            "s3:PutObjectVersionTagging",
        ),
        ("delete_object_tagging", {"VersionId": "null"}, "s3:DeleteObjectVersionTagging"),
        ("get_object_acl", {"VersionId": "null"}, "s3:GetObjectVersionAcl"),
        ("put_object_acl", {"VersionId": "null", "ACL": "private"}, "s3:PutObjectVersionAcl"),
    ],
)
def test_what_else_a_call_about_an_object_needs(
    client: Client, s3: Any, call: str, params: dict[str, Any], right: str
) -> None:
    s3.put_object(**SHARED, Body=b"x")
    denied = {"Effect": "Deny", "Action": right, "Resource": "*"}
    ann = client("s3", **user(client, "ann", allow("s3:*"), denied))
    with pytest.raises(ClientError) as caught:
        getattr(ann, call)(**SHARED, **params)
    error = caught.value.response
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 403
    if call != "head_object":  # which has no body to say it in
        assert right in error["Error"]["Message"]


@pytest.mark.parametrize(
    ("params", "right"),
    [
        ({"CreateBucketConfiguration": {"Tags": [{"Key": "a", "Value": "b"}]}}, "s3:TagResource"),
        ({"ACL": "public-read"}, "s3:PutBucketAcl"),
        ({"GrantWrite": "uri=x"}, "s3:PutBucketAcl"),
        ({"ObjectOwnership": "BucketOwnerEnforced"}, "s3:PutBucketOwnershipControls"),
        ({"ObjectLockEnabledForBucket": True}, "s3:PutBucketObjectLockConfiguration"),
        ({"ObjectLockEnabledForBucket": True}, "s3:PutBucketVersioning"),
    ],
)
def test_what_else_a_new_bucket_needs(client: Client, params: dict[str, Any], right: str) -> None:
    # CreateBucket (API reference), "Permissions"; CreateBucketConfiguration, Tags.
    denied = {"Effect": "Deny", "Action": right, "Resource": "*"}
    ann = client("s3", **user(client, "ann", allow("s3:*"), denied))
    with pytest.raises(ClientError, match=right):
        ann.create_bucket(Bucket="fresh", **params)
    assert code(lambda: ann.create_bucket(Bucket="fresh", ACL="private")) == ""


def test_a_buckets_tags_may_be_some_only(client: Client) -> None:
    may = {**allow("s3:TagResource"), "Condition": {"StringEquals": {"aws:RequestTag/team": "a"}}}
    ann = client("s3", **user(client, "ann", allow("s3:CreateBucket"), may))

    def create(team: str) -> str:
        tags = {"Tags": [{"Key": "team", "Value": team}]}
        return code(lambda: ann.create_bucket(Bucket="fresh", CreateBucketConfiguration=tags))

    assert create("b") == "AccessDenied"
    assert create("a") == ""


def test_deleting_by_etag_does_not_tell_what_may_not_be_read(client: Client, s3: Any) -> None:
    """ "Conditional deletes with a specific ETag value require both s3:DeleteObject and s3:GetObject permissions" (S3 User
    Guide, "Enforce conditional deletes"); with `*` they ask for no more than the object's being there."""
    ann = client("s3", **user(client, "ann", allow("s3:DeleteObject")))

    def delete(key: str, etag: str) -> str:
        entry = {"Key": key, "ETag": etag}
        errors = ann.delete_objects(Bucket="data", Delete={"Objects": [entry]}).get("Errors", [])
        return errors[0]["Code"] if errors else ""

    etag = s3.head_object(Bucket="data", Key="plain")["ETag"]
    assert delete("plain", etag) == delete("plain", '"0"') == "AccessDenied"
    assert delete("plain", "*") == ""
    assert code(lambda: ann.delete_object(Bucket="data", Key="secret", IfMatch="*")) == ""


# --- SageMaker ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", ["create_endpoint", "update_endpoint"])
def test_an_endpoint_is_about_its_configuration_too(client: Client, call: str) -> None:
    """Service Authorization Reference: endpoint* and endpoint-config* are required resources of both."""
    mine = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:endpoint"
    ann = client(
        "sagemaker", **user(client, "ann", allow("sagemaker:*", [f"{mine}/dev", f"{mine}-config/dev"]))
    )

    def try_(config: str) -> str:
        return code(lambda: getattr(ann, call)(EndpointName="dev", EndpointConfigName=config))

    assert try_("prod") == "AccessDeniedException"
    assert try_("dev") == "ValidationException"  # allowed: there is none of that name


# --- the data ----------------------------------------------------------------------------------------------------


def test_when_a_second_action_is_asked() -> None:
    tagged = Also("x:Tag", ("Tags", "Spec.Tags"))
    assert tagged.is_asked_by({"Tags": [{"Key": "a"}]})
    assert tagged.is_asked_by({"Spec": {"Tags": [{"Key": "a"}]}})
    assert not tagged.is_asked_by({"Tags": [], "Spec": {}})
    assert not tagged.is_asked_by({"Spec": [1]})
    assert Also("x:Always").is_asked_by({})
    assert Also("x:Some", lambda params: params["A"] == 1).is_asked_by({"A": 1})


def test_a_request_without_such_a_member_costs_nothing() -> None:
    """One look at the names of the members, however many second actions there are."""

    def never(_: Any) -> bool:
        raise AssertionError("looked at")

    action = Action(lambda ctx, params: {}, "x:Put", "*", "stream", also=(Also("x:Tag", "Tags"),))
    looked = SimpleNamespace(asked=0)

    class Members(dict[str, Any]):
        def get(self, *args: Any) -> Any:
            looked.asked += 1
            return super().get(*args)

    assert action.more(Members(Key="k")) == []
    assert looked.asked == 0
    assert [one.action for one in action.more(Members(Tags=["a"]))] == ["x:Tag"]
    by_function = Action(lambda ctx, params: {}, "x:Put", "*", "stream", also=(Also("x:Tag", never),))
    with pytest.raises(AssertionError):
        by_function.more({})
