"""What sessions, boundaries and trust policies give and keep, asked through whole requests."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import ACCOUNT
from tests.security.matrix import callers
from tests.security.matrix.callers import ALLOW_ALL, Caller, document
from tests.security.matrix.world import World
from tests.security.rights.subjects import BUCKET, ROLE, Statement, Subject, allow, allowed, deny, session

WORK = f"arn:aws:iam::{ACCOUNT}:role/work"


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
