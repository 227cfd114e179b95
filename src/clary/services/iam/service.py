"""The IAM service itself, and which ARN each of its calls is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from clary.kernel.errors import not_implemented
from clary.plane import Also, Context, Service
from clary.plane.action import Lane, Target
from clary.services.iam import entities
from clary.services.iam.accepts import ACCEPTS

iam = Service("iam", schema="clary.services.iam", accepts=ACCEPTS)

Params = dict[str, Any]
Operation = Callable[[Context, Params], Params]
F = TypeVar("F", bound=Operation)

NAMES = {
    "user": "UserName",
    "group": "GroupName",
    "role": "RoleName",
    "policy": "PolicyName",
    "instance-profile": "InstanceProfileName",
}
_READS = ("Get", "List", "Simulate")
# There is no console to sign in to, no organization, and no resource that is several (an EC2 instance's volumes).
_ABSENT = (
    "MaxSigninSessionDuration",
    "ResetMaxSigninSessionDuration",
    "OrderedOrganizationPolicyInputList",
    "PolicyExclusionList",
    "ResourceHandlingOption",
)


def operation(*, on: Target = "*", also: tuple[Also, ...] = (), lane: Lane | None = None) -> Callable[[F], F]:
    """Register the operation of a function's name; one that writes makes the account's policies be read anew."""

    def register(handler: F) -> F:
        answer(iam.name_of(handler.__name__), handler, on, also, lane)
        return handler

    return register


def answer(
    name: str, handler: Operation, on: Target = "*", also: tuple[Also, ...] = (), lane: Lane | None = None
) -> None:
    """Let `handler` answer the operation `name`."""
    offered = _offered(handler)
    counted = offered if name.startswith(_READS) else _counted(offered)
    iam.answer(name, counted, on, also=also, lane=lane)


def tagged(kind: str) -> tuple[Also, ...]:
    """The right that a new entity's tags need ("Tagging IAM resources", IAM User Guide): `iam:TagUser` and its kin."""
    return (Also(f"iam:Tag{NAMES[kind].removesuffix('Name')}", "Tags"),)


def _offered(handler: Operation) -> Operation:
    """Refuse by name what nothing here acts on."""

    def checked(ctx: Context, params: Params) -> Params:
        for member in _ABSENT:
            if params.get(member):
                raise not_implemented("iam", f"{ctx.op.name} with {member}")
        return handler(ctx, params)

    return checked


def _counted(handler: Operation) -> Operation:
    def write(ctx: Context, params: Params) -> Params:
        result = handler(ctx, params)
        count_change(ctx)
        return result

    return write


def count_change(ctx: Context) -> None:
    """From this transaction on, what was remembered of the account's policies is out of date."""
    ctx.tx.sql("update iam_account set generation = generation + 1 where id = ?", ctx.account)


def named(kind: str) -> Callable[[Context, Mapping[str, Any]], list[str]]:
    """The ARN of the entity that a call names, with its path when it is there."""
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
    """Who changes a name or a path needs the right to both ARNs, the old and the new (API reference, UpdateUser)."""
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
    """Lists are about every entity below their path prefix."""
    return lambda ctx, params: [entities.arn_of(ctx, kind, params.get("PathPrefix", "/"), "")]


def caller_user_arn(ctx: Context) -> str:
    """Who is meant when a call about a user names none."""
    return ctx.caller.principal_arn


def document(text: str) -> str:
    """Policy documents are percent-encoded in answers (RFC 3986)."""
    return quote(text, safe="")


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def tag_map(tags: list[dict[str, str]] | None) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags or ()}
