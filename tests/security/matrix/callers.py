"""Who calls: the owner in two forms, and those who own nothing of what the call is about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from clary.plane import Platform
from clary.server.accounts import ensure_account
from tests.conftest import ACCOUNT, ROOT_KEY, ROOT_SECRET
from tests.support.principals import policy as document

STRANGERS_ACCOUNTS = ("999988887777", "888877776666")
OUTSIDERS = (
    "nobody", "stranger", "strangers-admin", "powerless", "other-role", "denied", "narrowed", "bounded"
)  # fmt: skip
ALLOW_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
_SECRET = "stranger-secret-stranger-secret-stranger"
_BEYOND = "glacier:*"  # a service that nothing here is about


@dataclass(frozen=True, slots=True)
class Caller:
    """`query` says which version of the signature stands in the URL, where it is not in a header."""

    name: str
    key: str = ""
    secret: str = ""
    token: str | None = None
    query: str = ""
    account: str = ACCOUNT

    @property
    def is_stranger(self) -> bool:
        return self.account in STRANGERS_ACCOUNTS

    @property
    def signs(self) -> bool:
        return bool(self.key)


def root() -> Caller:
    return Caller("root", ROOT_KEY, ROOT_SECRET)


def strangers(platform: Platform, client: Callable[[str, Caller], Any]) -> list[Caller]:
    """The root user of one account, and a user of another who may do everything there."""
    one, other = (_root_of(platform, account) for account in STRANGERS_ACCOUNTS)
    admin = user(client("iam", other), "strangers-admin", ALLOW_ALL)
    return [one, replace(admin, account=other.account)]


def insiders(iam: Any, assume: Callable[..., Caller], prefix: str) -> list[Caller]:
    """Users and roles of the owner's account who must be refused; `prefix` is the service's in IAM actions."""
    return [
        user(iam, "powerless"),
        _other_role(iam, assume, prefix),
        user(iam, "denied", ALLOW_ALL),
        _narrowed(iam, assume),
        _bounded(iam),
    ]


def user(iam: Any, name: str, *statements: dict[str, Any]) -> Caller:
    """A user of the owner's account with these statements."""
    iam.create_user(UserName=name)
    if statements:
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document(*statements))
    made = iam.create_access_key(UserName=name)["AccessKey"]
    return Caller(name, made["AccessKeyId"], made["SecretAccessKey"])


def deny(iam: Any, action: str) -> None:
    """From now on `denied` may do everything but this."""
    refusal = {"Effect": "Deny", "Action": action, "Resource": "*"}
    iam.put_user_policy(UserName="denied", PolicyName="p", PolicyDocument=document(ALLOW_ALL, refusal))


def role(iam: Any, name: str, service: str, *statements: dict[str, Any]) -> str:
    """A role that a service and the owner may take; its ARN."""
    principal = {"Service": service, "AWS": f"arn:aws:iam::{ACCOUNT}:user/owner"}
    trust = document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document(*statements))
    return arn


def _root_of(platform: Platform, account: str) -> Caller:
    key = f"AKIA{account}AAAA"
    with platform.store.write() as tx:
        ensure_account(tx, account, key, _SECRET)
    return Caller("stranger", key, _SECRET, account=account)


def _other_role(iam: Any, assume: Callable[..., Caller], prefix: str) -> Caller:
    """A session of a Lambda function's role, which may do everything with every service but the one that is asked."""
    others = {"Effect": "Allow", "NotAction": f"{prefix}:*", "Resource": "*"}
    return assume("other-role", role(iam, "functions", "lambda.amazonaws.com", others))


def _narrowed(iam: Any, assume: Callable[..., Caller]) -> Caller:
    """A session of an administrator's role with a session policy that is about something else."""
    narrow = document({"Effect": "Allow", "Action": _BEYOND, "Resource": "*"})
    return assume("narrowed", role(iam, "admins", "ec2.amazonaws.com", ALLOW_ALL), Policy=narrow)


def _bounded(iam: Any) -> Caller:
    """A user with all rights below a permissions boundary that is about something else."""
    beyond = document({"Effect": "Allow", "Action": _BEYOND, "Resource": "*"})
    boundary = iam.create_policy(PolicyName="beyond", PolicyDocument=beyond)["Policy"]["Arn"]
    bounded = user(iam, "bounded", ALLOW_ALL)
    iam.put_user_permissions_boundary(UserName="bounded", PermissionsBoundary=boundary)
    return bounded
