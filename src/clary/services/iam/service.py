"""The IAM service, and the ARNs that its operations are authorised for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from clary.kernel.errors import not_implemented
from clary.plane import Also, Context, Service
from clary.plane.action import Lane, Target
from clary.services.iam import entities
from clary.services.iam.accepts import ACCEPTS
from clary.services.iam.accepts_credentials import CREDENTIALS

iam = Service("iam", schema="clary.services.iam", accepts=ACCEPTS | CREDENTIALS)

Params = dict[str, Any]
Operation = Callable[[Context, Params], Params]
F = TypeVar("F", bound=Operation)

NAMES = {
    "user": "UserName",
    "group": "GroupName",
    "role": "RoleName",
    "policy": "PolicyName",
    "instance-profile": "InstanceProfileName",
    "server-certificate": "ServerCertificateName",
}
_READS = ("Get", "List", "Simulate")
# There is no console to sign in to, no organization, and no resource of several (such as the volumes of an
# EC2 instance).
_ABSENT = (
    "MaxSigninSessionDuration",
    "ResetMaxSigninSessionDuration",
    "OrderedOrganizationPolicyInputList",
    "PolicyExclusionList",
    "ResourceHandlingOption",
)


def operation(*, on: Target = "*", also: tuple[Also, ...] = (), lane: Lane | None = None) -> Callable[[F], F]:
    """Register a function as the operation of its name. A writing operation invalidates the account's cached
    policies."""

    def register(handler: F) -> F:
        answer(iam.name_of(handler.__name__), handler, on, also, lane)
        return handler

    return register


def answer(
    name: str, handler: Operation, on: Target = "*", also: tuple[Also, ...] = (), lane: Lane | None = None
) -> None:
    """Register `handler` for the operation `name`."""
    checked = _without_absent_members(handler)
    registered = checked if name.startswith(_READS) else _invalidating(checked)
    iam.answer(name, registered, on, also=also, lane=lane)


def tagged(kind: str) -> tuple[Also, ...]:
    """Return the permission to set the tags of a new entity, such as `iam:TagUser` (IAM User Guide, "Tagging
    IAM resources")."""
    return (Also(f"iam:Tag{NAMES[kind].removesuffix('Name')}", "Tags"),)


def _without_absent_members(handler: Operation) -> Operation:
    """Wrap a handler so that it rejects members that IAM has and Clary does not."""

    def checked(ctx: Context, params: Params) -> Params:
        for member in _ABSENT:
            if params.get(member):
                raise not_implemented("iam", f"{ctx.op.name} with {member}")
        return handler(ctx, params)

    return checked


def _invalidating(handler: Operation) -> Operation:
    def write(ctx: Context, params: Params) -> Params:
        result = handler(ctx, params)
        invalidate_policies(ctx)
        return result

    return write


def invalidate_policies(ctx: Context) -> None:
    """Invalidate the account's cached policies, from this transaction on."""
    ctx.tx.sql("UPDATE iam_account SET generation = generation + 1 WHERE id = ?", ctx.account)


def named(kind: str) -> Callable[[Context, Mapping[str, Any]], list[str]]:
    """Return a function that gives the ARN of the entity that a call names."""
    member = NAMES[kind]

    def target(ctx: Context, params: Mapping[str, Any]) -> list[str]:
        name = params.get(member)
        if not name:
            return [caller_user_arn(ctx)] if kind == "user" else ["*"]
        found = entities.get(ctx.tx, ctx.account, kind, name)
        path = found.path if found else params.get("Path", "/")
        return [found.arn if found else entities.arn_of(ctx, kind, path, name)]

    return target


def renamed(kind: str) -> Target:
    """Return a function that gives the current and the new ARN of a renamed entity.

    The caller needs the permission for both (API reference, UpdateUser).
    """
    current = named(kind)

    def target(ctx: Context, params: Mapping[str, Any]) -> list[str]:
        found = entities.get(ctx.tx, ctx.account, kind, params[NAMES[kind]])
        if found is None:
            return current(ctx, params)
        path = params.get("NewPath") or found.path
        new = entities.arn_of(ctx, kind, path, params.get(f"New{NAMES[kind]}") or found.name)
        return [found.arn] if new == found.arn else [found.arn, new]

    return target


def all_of(kind: str) -> Target:
    """Return a function that gives the ARN for a list: all entities below its path prefix."""
    return lambda ctx, params: [entities.arn_of(ctx, kind, params.get("PathPrefix", "/"), "")]


def caller_user_arn(ctx: Context) -> str:
    """Return the ARN of the caller, which a call about a user means if it names none."""
    return ctx.caller.principal_arn


def document(text: str) -> str:
    """Return a policy document as answers show it: percent-encoded (RFC 3986)."""
    return quote(text, safe="")


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def tag_map(tags: list[dict[str, str]] | None) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags or ()}
