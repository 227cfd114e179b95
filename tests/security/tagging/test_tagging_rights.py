"""What a call does besides its own needs the right to that: tags above all, in every model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from clary.plane import Also, Key, Noun, Platform, Service
from clary.plane.action import Action
from clary.services import load_services
from tests.inprocess import Loop
from tests.support.principals import Client, allow, user
from tests.support.samples import smallest

# --- every model -------------------------------------------------------------------------------------------------

_NAMES = ("tag", "tags", "taglist", "tagset", "tagging")
_A_KEY = "00000000-0000-4000-8000-000000000000"  # KMS knows by their form what cannot be keys
# Operations that take tags and ask for the right in another way: which, and where AWS says so.
ASKED_ELSEWHERE = {
    ("s3", "PutBucketLifecycleConfiguration"): "no right: a rule names tags that objects may have",
    ("s3", "PutBucketReplication"): "no right: a rule names tags that objects may have",
    ("s3", "PutBucketIntelligentTieringConfiguration"): "no right: it names tags that objects may have",
    ("s3", "PutBucketMetricsConfiguration"): "no right: a filter names tags that objects may have",
    ("s3control", "CreateAccessPoint"): "no right: tags of access points are refused by name",
    ("s3control", "CreateJob"): "s3:PutObjectTagging of the job's role, for each object",
    ("events", "PutTargets"): "no right: EcsParameters is refused by name",
    ("s3", "RestoreObject"): "no right: OutputLocation is refused by name",
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
    if service == "s3" and operation != "CreateBucket":
        client("s3").create_bucket(Bucket="some-name")  # S3 says of a missing bucket nothing else
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
    members = ((name, shape.members[name]) for name in shape.required_members)
    return {
        name: smallest(member, _A_KEY if service == "kms" else "some-name")
        for name, member in members
        if member.type_name in ("string", "structure")
    }


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
        if getattr(error, "code", "").startswith(("AccessDenied", "AuthorizationError")):
            return str(error)
        raise
    return None


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
