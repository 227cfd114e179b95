"""IAM. Names mean those of the caller's account, so a stranger who gives the owner's finds nothing there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.conftest import ACCOUNT
from tests.security.matrix.callers import document
from tests.security.matrix.case import Case, Outcome, Params
from tests.security.matrix.inputs import iam_credentials, iam_providers
from tests.security.matrix.world import MARKER, World

Make = Callable[[World], Params]

_READ = document({"Sid": "hush4711", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"})
_TRUST = document(
    {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
)
_TAGS = [{"Key": "note", "Value": MARKER}]
_OPEN_TAGS = {"Tags": [{"Key": "a", "Value": "b"}]}
_KEYS = {"TagKeys": ["note"]}


# what the owner has ---------------------------------------------------------------------------------------------


def user(w: World) -> Params:
    name = w.fresh("user")
    w.client("iam").create_user(UserName=name, Tags=_TAGS)
    return {"UserName": name}


def group(w: World) -> Params:
    name = w.fresh("group")
    w.client("iam").create_group(GroupName=name)
    return {"GroupName": name}


def role(w: World) -> Params:
    name = w.fresh("role")
    w.client("iam").create_role(
        RoleName=name, AssumeRolePolicyDocument=_TRUST, Description=MARKER, Tags=_TAGS
    )
    return {"RoleName": name}


def profile(w: World) -> Params:
    name = w.fresh("profile")
    w.client("iam").create_instance_profile(InstanceProfileName=name, Tags=_TAGS)
    return {"InstanceProfileName": name}


def policy(w: World) -> Params:
    name = w.fresh("policy")
    made = w.client("iam").create_policy(
        PolicyName=name, PolicyDocument=_READ, Description=MARKER, Tags=_TAGS
    )
    return {"PolicyArn": made["Policy"]["Arn"]}


def version(w: World) -> Params:
    """A second version of a policy, which is not its default."""
    names = policy(w)
    w.client("iam").create_policy_version(**names, PolicyDocument=_READ)
    return {**names, "VersionId": "v2"}


def key(w: World) -> Params:
    names = user(w)
    return {**names, "AccessKeyId": w.client("iam").create_access_key(**names)["AccessKey"]["AccessKeyId"]}


def with_inline(make: Make, kind: str) -> Make:
    """A user, group or role with the inline policy `own`."""

    def params(w: World) -> Params:
        names = {**make(w), "PolicyName": "own"}
        getattr(w.client("iam"), f"put_{kind}_policy")(**names, PolicyDocument=_READ)
        return names

    return params


def with_attached(make: Make, kind: str) -> Make:
    """A user, group or role with a managed policy."""

    def params(w: World) -> Params:
        names = {**make(w), **policy(w)}
        getattr(w.client("iam"), f"attach_{kind}_policy")(**names)
        return names

    return params


def with_boundary(make: Make, kind: str) -> Make:
    """A user or role below a permissions boundary."""

    def params(w: World) -> Params:
        names = make(w)
        boundary = policy(w)["PolicyArn"]
        getattr(w.client("iam"), f"put_{kind}_permissions_boundary")(**names, PermissionsBoundary=boundary)
        return names

    return params


def in_group(w: World) -> Params:
    names = {**group(w), **user(w)}
    w.client("iam").add_user_to_group(**names)
    return names


def in_profile(w: World) -> Params:
    names = {**profile(w), **role(w)}
    w.client("iam").add_role_to_instance_profile(**names)
    return names


# An account has one role of a service at most: one that is made, and another that is deleted.
_SCALING, _NOTEBOOKS = "sagemaker.application-autoscaling.amazonaws.com", "sagemaker.amazonaws.com"


def service_linked(w: World, service: str = _NOTEBOOKS) -> Params:
    no_service_linked(w, service)
    made = w.client("iam").create_service_linked_role(AWSServiceName=service)
    return {"RoleName": made["Role"]["RoleName"]}


def no_service_linked(w: World, service: str = _SCALING) -> Params:
    iam = w.client("iam")
    for found in iam.list_roles(PathPrefix=f"/aws-service-role/{service}/")["Roles"]:
        iam.delete_service_linked_role(RoleName=found["RoleName"])
    return {"AWSServiceName": service}


def _deletion(w: World) -> Params:
    task = w.client("iam").delete_service_linked_role(**service_linked(w))
    return {"DeletionTaskId": task["DeletionTaskId"]}


# how cases name it ----------------------------------------------------------------------------------------------


def shared(name: str, make: Make) -> Make:
    """One for all cases that take nothing away from it."""
    return lambda w: w.once(name, make)


a_user = shared("user", user)
a_group = shared("group", group)
a_role = shared("role", role)
a_profile = shared("profile", profile)
a_policy = shared("policy", policy)


def both(*makes: Make) -> Make:
    return lambda w: {name: value for make in makes for name, value in make(w).items()}


def plus(make: Make, **more: Any) -> Make:
    return lambda w: {**make(w), **more}


def only(make: Make, *names: str) -> Make:
    """Some members of what is made."""
    return lambda w: {name: value for name, value in make(w).items() if name in names}


def new(member: str, **more: Any) -> Make:
    return lambda w: {member: w.fresh(), **more}


def _source(w: World) -> Params:
    return {"PolicySourceArn": f"arn:aws:iam::{ACCOUNT}:user/{a_user(w)['UserName']}"}


def _bound(make: Make) -> Make:
    return lambda w: {**make(w), "PermissionsBoundary": a_policy(w)["PolicyArn"]}


_MISSING, _OWN = Outcome.MISSING, Outcome.OWN
_INLINE = {"PolicyName": "new", "PolicyDocument": _READ}
_SIMULATED = {"PolicyInputList": [_READ], "ActionNames": ["s3:GetObject"]}

CASES = iam_providers.CASES | {
    "AddRoleToInstanceProfile": Case(both(profile, a_role), _MISSING),
    "AddUserToGroup": Case(both(a_group, a_user), _MISSING),
    "AttachGroupPolicy": Case(both(a_group, a_policy), _MISSING),
    "AttachRolePolicy": Case(both(a_role, a_policy), _MISSING),
    "AttachUserPolicy": Case(both(a_user, a_policy), _MISSING),
    "CreateAccessKey": Case(user, _MISSING),
    "CreateGroup": Case(new("GroupName"), _OWN),
    "CreateInstanceProfile": Case(new("InstanceProfileName"), _OWN),
    "CreatePolicy": Case(new("PolicyName", PolicyDocument=_READ), _OWN),
    "CreatePolicyVersion": Case(plus(policy, PolicyDocument=_READ), _MISSING),
    "CreateRole": Case(new("RoleName", AssumeRolePolicyDocument=_TRUST), _OWN),
    "CreateServiceLinkedRole": Case(no_service_linked, _OWN),
    "CreateUser": Case(new("UserName"), _OWN),
    "DeleteAccessKey": Case(key, _MISSING),
    "DeleteGroup": Case(group, _MISSING),
    "DeleteGroupPolicy": Case(with_inline(group, "group"), _MISSING),
    "DeleteInstanceProfile": Case(profile, _MISSING),
    "DeletePolicy": Case(policy, _MISSING),
    "DeletePolicyVersion": Case(version, _MISSING),
    "DeleteRole": Case(role, _MISSING),
    "DeleteRolePermissionsBoundary": Case(with_boundary(role, "role"), _MISSING),
    "DeleteRolePolicy": Case(with_inline(role, "role"), _MISSING),
    "DeleteServiceLinkedRole": Case(service_linked, _MISSING),
    "DeleteUser": Case(user, _MISSING),
    "DeleteUserPermissionsBoundary": Case(with_boundary(user, "user"), _MISSING),
    "DeleteUserPolicy": Case(with_inline(user, "user"), _MISSING),
    "DetachGroupPolicy": Case(with_attached(group, "group"), _MISSING),
    "DetachRolePolicy": Case(with_attached(role, "role"), _MISSING),
    "DetachUserPolicy": Case(with_attached(user, "user"), _MISSING),
    "GetAccountAuthorizationDetails": Case(lambda w: {}, _OWN),
    "GetAccountSummary": Case(lambda w: {}, _OWN),
    "GetContextKeysForCustomPolicy": Case(lambda w: {"PolicyInputList": [_READ]}, _OWN),
    "GetContextKeysForPrincipalPolicy": Case(_source, _MISSING),
    "GetGroup": Case(a_group, _MISSING),
    "GetGroupPolicy": Case(shared("group with inline", with_inline(group, "group")), _MISSING),
    "GetInstanceProfile": Case(a_profile, _MISSING),
    "GetPolicy": Case(a_policy, _MISSING),
    "GetPolicyVersion": Case(plus(a_policy, VersionId="v1"), _MISSING),
    "GetRole": Case(a_role, _MISSING),
    "GetRolePolicy": Case(shared("role with inline", with_inline(role, "role")), _MISSING),
    "GetServiceLinkedRoleDeletionStatus": Case(_deletion, _MISSING),
    "GetUser": Case(a_user, _MISSING),
    "GetUserPolicy": Case(shared("user with inline", with_inline(user, "user")), _MISSING),
    "ListAccessKeys": Case(only(shared("key", key), "UserName"), _MISSING),
    "ListAttachedGroupPolicies": Case(a_group, _MISSING),
    "ListAttachedRolePolicies": Case(a_role, _MISSING),
    "ListAttachedUserPolicies": Case(a_user, _MISSING),
    "ListEntitiesForPolicy": Case(a_policy, _MISSING),
    "ListGroupPolicies": Case(a_group, _MISSING),
    "ListGroups": Case(lambda w: {}, _OWN),
    "ListGroupsForUser": Case(a_user, _MISSING),
    "ListInstanceProfileTags": Case(a_profile, _MISSING),
    "ListInstanceProfiles": Case(lambda w: {}, _OWN),
    "ListInstanceProfilesForRole": Case(a_role, _MISSING),
    "ListPolicies": Case(lambda w: {"Scope": "Local"}, _OWN),
    "ListPolicyTags": Case(a_policy, _MISSING),
    "ListPolicyVersions": Case(a_policy, _MISSING),
    "ListRolePolicies": Case(a_role, _MISSING),
    "ListRoleTags": Case(a_role, _MISSING),
    "ListRoles": Case(lambda w: {}, _OWN),
    "ListUserPolicies": Case(a_user, _MISSING),
    "ListUserTags": Case(a_user, _MISSING),
    "ListUsers": Case(lambda w: {}, _OWN),
    "PutGroupPolicy": Case(plus(a_group, **_INLINE), _MISSING),
    "PutRolePermissionsBoundary": Case(_bound(a_role), _MISSING),
    "PutRolePolicy": Case(plus(a_role, **_INLINE), _MISSING),
    "PutUserPermissionsBoundary": Case(_bound(a_user), _MISSING),
    "PutUserPolicy": Case(plus(a_user, **_INLINE), _MISSING),
    "RemoveRoleFromInstanceProfile": Case(in_profile, _MISSING),
    "RemoveUserFromGroup": Case(in_group, _MISSING),
    "SetDefaultPolicyVersion": Case(version, _MISSING),
    "SimulateCustomPolicy": Case(lambda w: _SIMULATED, _OWN),
    "SimulatePrincipalPolicy": Case(plus(_source, ActionNames=["s3:GetObject"]), _MISSING),
    "TagInstanceProfile": Case(plus(a_profile, **_OPEN_TAGS), _MISSING),
    "TagPolicy": Case(plus(a_policy, **_OPEN_TAGS), _MISSING),
    "TagRole": Case(plus(a_role, **_OPEN_TAGS), _MISSING),
    "TagUser": Case(plus(a_user, **_OPEN_TAGS), _MISSING),
    "UntagInstanceProfile": Case(plus(profile, **_KEYS), _MISSING),
    "UntagPolicy": Case(plus(policy, **_KEYS), _MISSING),
    "UntagRole": Case(plus(role, **_KEYS), _MISSING),
    "UntagUser": Case(plus(user, **_KEYS), _MISSING),
    "UpdateAccessKey": Case(plus(key, Status="Inactive"), _MISSING),
    "UpdateAssumeRolePolicy": Case(plus(a_role, PolicyDocument=_TRUST), _MISSING),
    "UpdateGroup": Case(lambda w: {**group(w), "NewGroupName": w.fresh("group")}, _MISSING),
    "UpdateRole": Case(plus(role, Description="another"), _MISSING),
    "UpdateRoleDescription": Case(plus(role, Description="another"), _MISSING),
    "UpdateUser": Case(lambda w: {**user(w), "NewUserName": w.fresh("user")}, _MISSING),
}
CASES |= iam_credentials.CASES
