"""What ends a right ends it with the next call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.security.matrix import callers
from tests.security.matrix.callers import ALLOW_ALL, Caller, document
from tests.security.matrix.world import World
from tests.security.rights.subjects import ROLE, allow, deny, session


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
