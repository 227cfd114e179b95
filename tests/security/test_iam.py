"""What policies say, asked through whole requests: one user, one policy, one call, allowed or not.

Sources: "IAM JSON policy elements" and "Policy evaluation logic" (IAM User Guide), "AWS global condition context keys".
The evaluator itself has its tables in tests/access/test_evaluator.py; here is what a request can do to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import ACCOUNT
from tests.inprocess import Loop
from tests.security.forging import by_header
from tests.security.matrix import callers
from tests.security.matrix.callers import ALLOW_ALL, Caller, document
from tests.security.matrix.inputs import s3 as s3_inputs
from tests.security.matrix.world import World

Statement = dict[str, Any]
BUCKET = "arn:aws:s3:::bucket-1"
SECRET = f"{BUCKET}/secret"
WORK = f"arn:aws:iam::{ACCOUNT}:role/work"
ROLE = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}


class Subject:
    """A user whose only policy is written again for each question."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.iam = world.client("iam", world.root)
        self.caller = callers.user(self.iam, "subject")

    def holds(self, *statements: Statement) -> None:
        self.iam.put_user_policy(UserName="subject", PolicyName="p", PolicyDocument=document(*statements))

    def may(self, service: str = "s3", call: str = "get_object", **params: Any) -> bool:
        params = params or {"Bucket": "bucket-1", "Key": "secret"}
        return allowed(self.world.client(service, self.caller), call, **params)

    def may_read(
        self, headers: dict[str, str], method: str = "GET", target: str = "/bucket-1/secret"
    ) -> bool:
        """The same with headers of one's own."""
        status, code, _ = by_header(self.caller, method, target, headers=headers).by(self.world)
        assert status == 200 or code == "AccessDenied", (status, code)
        return status == 200


def allowed(client: Any, call: str, **params: Any) -> bool:
    """Whether a call is not refused for want of a right."""
    try:
        getattr(client, call)(**params)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("AccessDenied", "AccessDeniedException"):
            raise
        return False
    return True


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, loop: Loop) -> Iterator[World]:
    """A bucket `bucket-1` with `secret` and `other`, and a role `work` that the account may take."""
    world = World("s3", tmp_path_factory.mktemp("w"), loop)
    s3_inputs.put(world, s3_inputs.the_bucket(world), "other")
    world.client("s3").delete_bucket_policy(Bucket="bucket-1")
    iam = world.client("iam", world.root)
    iam.create_role(RoleName="work", AssumeRolePolicyDocument=document(ROLE))
    iam.put_role_policy(RoleName="work", PolicyName="p", PolicyDocument=document(ALLOW_ALL))
    yield world
    world.close()


@pytest.fixture(scope="module")
def subject(world: World) -> Subject:
    return Subject(world)


def allow(**more: Any) -> Statement:
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **more}


def deny(**more: Any) -> Statement:
    return {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*", **more}


def without(statement: Statement, name: str) -> Statement:
    return {key: value for key, value in statement.items() if key != name}


# elements and patterns ------------------------------------------------------------------------------------------

GET_SECRET: dict[str, tuple[list[Statement], bool]] = {
    "no statement for it": ([allow(Action="s3:PutObject")], False),
    "by name": ([allow()], True),
    "in capitals": ([allow(Action="S3:GETOBJECT")], True),
    "by patterns": ([allow(Action="s3:G?t*ject")], True),
    "pattern for more letters": ([allow(Action="s3:GetObject?")], False),
    "another service's action of the name": ([allow(Action="s3express:GetObject")], False),
    "its bucket is not its objects": ([allow(Resource=BUCKET)], False),
    "objects": ([allow(Resource=f"{BUCKET}/*")], True),
    "objects by one letter": ([allow(Resource=f"{BUCKET}/secre?")], True),
    "one letter too many": ([allow(Resource=f"{BUCKET}/secret?")], False),
    "capitals in the resource": ([allow(Resource=f"{BUCKET.replace('bucket', 'Bucket')}/*")], False),
    "beginning of a name": ([allow(Resource="arn:aws:s3:::bucket-")], False),
    "pattern over the slash": ([allow(Resource="arn:aws:s3:::b*cret")], True),
    "all but IAM": ([without(allow(NotAction="iam:*"), "Action")], True),
    "all but S3": ([without(allow(NotAction="s3:*"), "Action")], False),
    "all but this object": ([without(allow(NotResource=SECRET), "Resource")], False),
    "all but another object": ([without(allow(NotResource=f"{BUCKET}/other"), "Resource")], True),
    "deny wins": ([allow(), deny()], False),
    "deny of a pattern": ([allow(), deny(Action="s3:Get*", Resource=f"{BUCKET}/s*")], False),
    "deny of all but another": ([allow(), without(deny(NotResource=f"{BUCKET}/other"), "Resource")], False),
    "deny of all other actions": ([allow(), without(deny(NotAction="s3:GetObject"), "Action")], True),
    "deny of another": ([allow(), deny(Resource=f"{BUCKET}/other")], True),
}


@pytest.mark.parametrize(("statements", "works"), GET_SECRET.values(), ids=GET_SECRET.keys())
def test_elements_and_patterns(subject: Subject, statements: list[Statement], works: bool) -> None:
    subject.holds(*statements)
    assert subject.may() is works


# conditions whose key is missing, or confused with another ------------------------------------------------------

# `s3:prefix` is no key of GetObject, `aws:MultiFactorAuthPresent` none of long-term keys.
CONDITIONS: dict[str, tuple[Statement, bool]] = {
    "equals, missing": ({"StringEquals": {"s3:prefix": ""}}, False),
    "not equals, missing": ({"StringNotEquals": {"s3:prefix": "x"}}, True),
    "like, missing": ({"StringLike": {"s3:prefix": "*"}}, False),
    "not like, missing": ({"StringNotLike": {"s3:prefix": "x*"}}, True),
    "if exists, missing": ({"StringEqualsIfExists": {"s3:prefix": "x"}}, True),
    "null, missing": ({"Null": {"s3:prefix": "true"}}, True),
    "not null, missing": ({"Null": {"s3:prefix": "false"}}, False),
    "number, missing": ({"NumericLessThan": {"s3:max-keys": "10"}}, False),
    "date, missing": ({"DateGreaterThan": {"aws:TokenIssueTime": "2000-01-01T00:00:00Z"}}, False),
    "bool, missing": ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, False),
    "bool false, missing": ({"Bool": {"aws:MultiFactorAuthPresent": "false"}}, False),
    "bool if exists, missing": ({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}, True),
    "arn, missing": ({"ArnLike": {"aws:SourceArn": "*"}}, False),
    "arn not like, missing": ({"ArnNotLike": {"aws:SourceArn": "arn:aws:s3:::x"}}, True),
    "for all values, missing": ({"ForAllValues:StringEquals": {"aws:TagKeys": ["x"]}}, True),
    "for any value, missing": ({"ForAnyValue:StringEquals": {"aws:TagKeys": ["x"]}}, False),
    "for any value negated, missing": ({"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["x"]}}, False),
    "no such key": ({"StringEquals": {"aws:NoSuchKey": "x"}}, False),
    "name of the key in capitals": ({"StringEquals": {"AWS:USERNAME": "subject"}}, True),
    "value in capitals": ({"StringEquals": {"aws:username": "SUBJECT"}}, False),
    "value in capitals, ignored": ({"StringEqualsIgnoreCase": {"aws:username": "SUBJECT"}}, True),
    "pattern where none is": ({"StringEquals": {"aws:username": "sub*"}}, False),
    "one of the values": ({"StringEquals": {"aws:username": ["x", "subject"]}}, True),
    "two keys": ({"StringEquals": {"aws:username": "subject", "aws:PrincipalAccount": "999988887777"}}, False),
    "two operators": (
        {"StringEquals": {"aws:username": "subject"}, "Bool": {"aws:SecureTransport": "true"}}, False,
    ),
    "another user's name": ({"StringEquals": {"aws:username": "owner"}}, False),
    "account as a name": ({"StringEquals": {"aws:userid": ACCOUNT}}, False),
    "not the address": ({"NotIpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, False),
    "an address of another family": ({"IpAddress": {"aws:SourceIp": "::/0"}}, False),
    "variable that there is not": ({"StringEquals": {"aws:username": "${aws:FederatedProvider}"}}, False),
    "variable of one's own": ({"StringEquals": {"aws:username": "${aws:username}"}}, True),
}  # fmt: skip


@pytest.mark.parametrize(("condition", "works"), CONDITIONS.values(), ids=CONDITIONS.keys())
def test_conditions(subject: Subject, condition: Statement, works: bool) -> None:
    subject.holds(allow(Condition=condition))
    assert subject.may() is works


@pytest.mark.parametrize(
    ("condition", "works"),
    [
        ({"StringEquals": {"s3:prefix": "x"}}, True),
        ({"StringNotEquals": {"s3:prefix": "x"}}, False),
        ({"StringNotEqualsIfExists": {"aws:username": "subject"}}, True),
        ({"Bool": {"aws:SecureTransport": "false"}}, False),
        ({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}, False),
        ({"Null": {"aws:TokenIssueTime": "true"}}, False),
        ({"NumericLessThan": {"aws:EpochTime": "1"}}, True),
    ],
    ids=str,
)
def test_conditions_of_a_deny(subject: Subject, condition: Statement, works: bool) -> None:
    subject.holds(allow(), deny(Condition=condition))
    assert subject.may() is works


# what a client may say of itself --------------------------------------------------------------------------------

HEADERS: dict[str, tuple[Statement, dict[str, str], bool]] = {
    "address that a proxy says": (
        {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {"x-forwarded-for": "10.1.1.1"}, False
    ),
    "protocol that a proxy says": (
        {"Bool": {"aws:SecureTransport": "true"}}, {"x-forwarded-proto": "https"}, False
    ),
    "user agent": ({"StringLike": {"aws:UserAgent": "tool/*"}}, {"user-agent": "tool/1"}, True),
    "pattern as a user agent": ({"StringLike": {"aws:UserAgent": "tool/*"}}, {"user-agent": "*"}, False),
    "referer": ({"StringEquals": {"aws:Referer": "https://a/"}}, {"referer": "https://a/"}, True),
    "another referer": ({"StringEquals": {"aws:Referer": "https://a/"}}, {"referer": "https://a/b"}, False),
    "key as a header": ({"StringEquals": {"aws:PrincipalTag/team": "a"}}, {"aws-principaltag-team": "a"}, False),
}  # fmt: skip


@pytest.mark.parametrize(("condition", "headers", "works"), HEADERS.values(), ids=HEADERS.keys())
def test_headers_decide_what_headers_may(
    subject: Subject, condition: Statement, headers: dict[str, str], works: bool
) -> None:
    subject.holds(allow(Condition=condition))
    assert subject.may_read(headers) is works


@pytest.mark.parametrize(
    ("referer", "works"), [("secret", True), ("*", False), ("s*", False), ("secre?", False), ("${*}", False)]
)
def test_a_variables_value_is_no_pattern(subject: Subject, referer: str, works: bool) -> None:
    """IAM User Guide, "Policy elements: Variables and tags": `*` in a value is the letter."""
    subject.holds(allow(Resource=f"{BUCKET}/${{aws:Referer}}"))
    assert subject.may_read({"referer": referer}) is works
    subject.holds(allow(Condition={"StringLike": {"aws:username": "${aws:Referer}"}}))
    assert not subject.may_read({"referer": "sub*"})


OPEN = {"StringEquals": {"s3:prefix": "open/"}}
ONE = {"NumericLessThanEquals": {"s3:max-keys": "1"}}


@pytest.mark.parametrize(
    ("condition", "query", "listed"),
    [
        (OPEN, "prefix=open/", 0),
        (OPEN, "prefix=open/&prefix=secret", None),
        (OPEN, "prefix=secret&prefix=open/", 0),
        (OPEN, "Prefix=open/", None),
        (OPEN, "", None),
        ({"StringLike": {"s3:prefix": "open/*"}}, "prefix=open/../secret", 0),
        (ONE, "max-keys=1", 1),
        (ONE, "max-keys=01", 1),
        (ONE, "", None),
        (ONE, "max-keys=1&max-keys=1000", None),
    ],
)
def test_what_was_judged_is_what_is_listed(
    subject: Subject, condition: Statement, query: str, listed: int | None
) -> None:
    """Of a parameter that is given twice the listing must not take another value than the condition."""
    subject.holds(allow(Action="s3:ListBucket", Condition=condition))
    status, _, body = by_header(subject.caller, "GET", f"/bucket-1?list-type=2&{query}").by(subject.world)
    assert status in ((200,) if listed is not None else (400, 403)), body
    assert body.count(b"<Key>") == (listed or 0)


# sessions, boundaries -------------------------------------------------------------------------------------------


def session(world: World, caller: Caller, call: str, **params: Any) -> Caller:
    made = getattr(world.client("sts", caller), call)(**params)["Credentials"]
    return Caller("session", made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])


def sessions_of(world: World, caller: Caller) -> dict[str, Caller]:
    """Every kind of session that a user can make for himself."""
    take = {"RoleArn": WORK, "RoleSessionName": "s1"}
    return {
        "GetSessionToken": session(world, caller, "get_session_token"),
        "GetFederationToken": session(
            world, caller, "get_federation_token", Name="guest", Policy=document(ALLOW_ALL)
        ),
        "AssumeRole": session(world, caller, "assume_role", **take),
    }


def test_a_boundary_goes_with_every_session(world: World) -> None:
    """IAM User Guide, "Permissions boundaries for IAM entities": sessions have what both allow, a role its own boundary."""
    iam = world.client("iam", world.root)
    steps = allow(Action=["sts:*", "s3:ListAllMyBuckets"])
    boundary = iam.create_policy(PolicyName="steps", PolicyDocument=document(steps))["Policy"]["Arn"]
    caller = callers.user(iam, "within", ALLOW_ALL)
    iam.put_user_permissions_boundary(UserName="within", PermissionsBoundary=boundary)
    iam.put_role_permissions_boundary(RoleName="work", PermissionsBoundary=boundary)
    try:
        for name, one in {"user": caller, **sessions_of(world, caller)}.items():
            s3 = world.client("s3", one)
            assert allowed(s3, "list_buckets"), name
            assert not allowed(s3, "get_object", Bucket="bucket-1", Key="secret"), name
    finally:
        iam.delete_role_permissions_boundary(RoleName="work")


@pytest.mark.parametrize("call", ["GetSessionToken", "GetFederationToken"])
def test_sessions_of_a_user_call_no_iam(world: World, call: str) -> None:
    """API_GetSessionToken and API_GetFederationToken: no IAM operation, and of STS GetCallerIdentity (and AssumeRole)."""
    one = sessions_of(world, world.owner)[call]
    assert not allowed(world.client("iam", one), "list_users")
    assert not allowed(world.client("iam", one), "create_user", UserName="by-a-session")
    assert not allowed(world.client("sts", one), "get_federation_token", Name="again")
    assert world.client("sts", one).get_caller_identity()["Account"] == ACCOUNT


NARROWED: dict[str, tuple[dict[str, Any], bool]] = {
    "by a policy for it": ({"Policy": document(allow())}, True),
    "by a policy for another": ({"Policy": document(allow(Resource=f"{BUCKET}/other"))}, False),
    "by a deny": ({"Policy": document(ALLOW_ALL, deny())}, False),
    "by a managed policy for it": ({"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}]}, True),
    "by a managed policy for another": ({"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/IAMReadOnlyAccess"}]}, False),
    "by both": (
        {"Policy": document(allow(Resource=f"{BUCKET}/other")),
         "PolicyArns": [{"arn": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}]}, True,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("given", "works"), NARROWED.values(), ids=NARROWED.keys())
def test_session_policies_narrow(world: World, given: dict[str, Any], works: bool) -> None:
    """IAM User Guide, "Session policies": together they allow what any of them allows; the role's policies still must."""
    one = session(world, world.owner, "assume_role", RoleArn=WORK, RoleSessionName="s1", **given)
    assert allowed(world.client("s3", one), "get_object", Bucket="bucket-1", Key="secret") is works


# roles by other spellings ---------------------------------------------------------------------------------------

SPELLINGS = [
    WORK, WORK.replace("aws", "aws-cn", 1), WORK.replace("role/", "role//"), WORK.replace("role/", "role/x/"),
    WORK + "/", WORK + "\n", WORK + " ", " " + WORK, WORK.upper(), WORK.replace("work", "WORK"),
    WORK.replace("iam::", "iam:us-east-1:"), WORK.replace("work", "wor*"), WORK.replace(":role/", ":role/./"),
    WORK.replace("work", "%77ork"), f"arn:aws:sts::{ACCOUNT}:assumed-role/work/s1",
]  # fmt: skip


@pytest.mark.parametrize("arn", SPELLINGS, ids=repr)
def test_a_role_denied_by_name_is_not_taken_by_another_spelling(subject: Subject, arn: str) -> None:
    subject.holds(ALLOW_ALL, {"Effect": "Deny", "Action": "sts:AssumeRole", "Resource": WORK})
    sts = subject.world.client("sts", subject.caller)
    with pytest.raises(ClientError) as refused:
        sts.assume_role(RoleArn=arn, RoleSessionName="s1")
    assert refused.value.response["Error"]["Code"] in ("AccessDenied", "ValidationError")


TRUSTS: dict[str, tuple[Statement, dict[str, Any], bool]] = {
    "external id": ({"StringEquals": {"sts:ExternalId": "ours"}}, {"ExternalId": "ours"}, True),
    "no external id": ({"StringEquals": {"sts:ExternalId": "x"}}, {}, False),
    "another external id": ({"StringEquals": {"sts:ExternalId": "xy"}}, {"ExternalId": "X_"}, False),
    "pattern as an external id": ({"StringLike": {"sts:ExternalId": "a*"}}, {"ExternalId": "b:a"}, False),
    "session name": ({"StringEquals": {"sts:RoleSessionName": "${aws:username}"}}, {}, True),
    "second factor": ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, {}, False),
    "source identity": ({"StringLike": {"sts:SourceIdentity": "*"}}, {}, False),
    "principal": ({"ArnNotEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:user/owner"}}, {}, False),
}


@pytest.mark.parametrize(("condition", "given", "works"), TRUSTS.values(), ids=TRUSTS.keys())
def test_trust_policies_set_conditions(
    world: World, condition: Statement, given: dict[str, Any], works: bool
) -> None:
    name = world.fresh("role")
    trust = document({**ROLE, "Condition": condition})
    arn = world.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    sts = world.client("sts")
    assert allowed(sts, "assume_role", RoleArn=arn, RoleSessionName="owner", **given) is works


def test_tags_and_source_identity_need_rights_of_their_own(world: World) -> None:
    """IAM User Guide, "Passing session tags": sts:TagSession; "Monitor and control actions": sts:SetSourceIdentity. The trust has neither."""
    sts = world.client("sts")
    assert not allowed(
        sts, "assume_role", RoleArn=WORK, RoleSessionName="s1", Tags=[{"Key": "a", "Value": "b"}]
    )
    assert not allowed(sts, "assume_role", RoleArn=WORK, RoleSessionName="s1", SourceIdentity="root")


# what ends at once ----------------------------------------------------------------------------------------------


def _detach(iam: Any, name: str) -> None:
    iam.detach_user_policy(UserName=name, PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")


def _delete_keys(iam: Any, name: str) -> None:
    for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])


def _switch_off(iam: Any, name: str) -> None:
    for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
        iam.update_access_key(UserName=name, AccessKeyId=key["AccessKeyId"], Status="Inactive")


def _delete(iam: Any, name: str) -> None:
    _delete_keys(iam, name)
    _detach(iam, name)
    iam.delete_user(UserName=name)


def _anew(iam: Any, name: str) -> None:
    """Another user under the same name, with the same rights."""
    _delete(iam, name)
    iam.create_user(UserName=name)
    iam.attach_user_policy(UserName=name, PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")


def _denied(iam: Any, name: str) -> None:
    iam.put_user_policy(UserName=name, PolicyName="no", PolicyDocument=document(deny()))


ENDS: dict[str, tuple[Callable[[Any, str], None], bool]] = {
    "policy detached": (_detach, True),
    "denied": (_denied, True),
    "key switched off": (_switch_off, False),
    "key deleted": (_delete_keys, False),
    "user deleted": (_delete, True),
    "user made anew": (_anew, True),
}  # `of_sessions`: whether it ends those of GetSessionToken as well, which outlive their key


@pytest.mark.parametrize(("end", "of_sessions"), ENDS.values(), ids=ENDS.keys())
def test_what_ends_a_right_ends_it_with_the_next_call(
    world: World, end: Callable[[Any, str], None], of_sessions: bool
) -> None:
    """The read of an object is in the hot lane, which remembers what was allowed; so it is asked before and after."""
    iam, name = world.client("iam", world.root), world.fresh("user")
    caller = callers.user(iam, name)
    iam.attach_user_policy(UserName=name, PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
    later = session(world, caller, "get_session_token")
    assert reads(world, caller)
    assert reads(world, later)
    end(iam, name)
    assert not reads(world, caller)
    assert reads(world, later) is not of_sessions


def reads(world: World, caller: Caller) -> bool:
    try:
        world.client("s3", caller).get_object(Bucket="bucket-1", Key="secret")
    except ClientError as refused:
        if refused.response["ResponseMetadata"]["HTTPStatusCode"] != 403:
            raise
        return False
    return True


def test_sessions_of_a_role_end_with_the_role(world: World) -> None:
    iam, name = world.client("iam", world.root), world.fresh("role")

    def make() -> str:
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(ROLE))["Role"]["Arn"]
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document(ALLOW_ALL))
        return arn

    one = session(world, world.owner, "assume_role", RoleArn=make(), RoleSessionName="s1")
    assert reads(world, one)
    iam.delete_role_policy(RoleName=name, PolicyName="p")
    assert not reads(world, one)
    iam.delete_role(RoleName=name)
    make()
    assert not reads(world, one)


def test_a_group_gives_while_it_holds(world: World) -> None:
    iam, name = world.client("iam", world.root), world.fresh("group")
    caller = callers.user(iam, f"{name}-user")
    iam.create_group(GroupName=name)
    iam.put_group_policy(GroupName=name, PolicyName="p", PolicyDocument=document(allow()))
    assert not reads(world, caller)
    iam.add_user_to_group(GroupName=name, UserName=caller.name)
    assert reads(world, caller)
    iam.put_group_policy(GroupName=name, PolicyName="q", PolicyDocument=document(deny()))
    assert not reads(world, caller)
    iam.delete_group_policy(GroupName=name, PolicyName="q")
    assert reads(world, caller)
    iam.remove_user_from_group(GroupName=name, UserName=caller.name)
    assert not reads(world, caller)


def test_a_version_gives_while_it_is_the_default(world: World) -> None:
    iam, name = world.client("iam", world.root), world.fresh("policy")
    caller = callers.user(iam, f"{name}-user")
    arn = iam.create_policy(PolicyName=name, PolicyDocument=document(allow()))["Policy"]["Arn"]
    iam.attach_user_policy(UserName=caller.name, PolicyArn=arn)
    assert reads(world, caller)
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=document(deny()), SetAsDefault=True)
    assert not reads(world, caller)
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    assert reads(world, caller)
