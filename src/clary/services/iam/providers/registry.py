"""What the operations of both kinds of providers share: registration, look-up by ARN, limits, tags."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from clary.plane import Also, Context, Members
from clary.plane.action import Target
from clary.services.iam import entities, errors
from clary.services.iam.entities import Entity
from clary.services.iam.service import iam, tag_list
from clary.services.iam.tags import put_tags

Params = dict[str, Any]
_MOST = 100  # providers of one kind in an account (IAM quotas)


def operation(
    accepts: str = "", on: Target = "*", also: tuple[Also, ...] = ()
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function as the operation of its name. No policy depends on providers, so nothing is invalidated."""

    def register(handler: Callable[..., Any]) -> Callable[..., Any]:
        name = iam.name_of(handler.__name__)
        if accepts:
            iam.accepts[name] = Members(accepts)
        iam.answer(name, handler, on, also=also)
        return handler

    return register


def arn_of(ctx: Context, kind: str, name: str) -> str:
    return entities.arn_of(ctx, kind, "/", name)


def find(ctx: Context, kind: str, arn: str, missing: str) -> Entity:
    """Return the account's provider of this ARN. Raise NoSuchEntity with the sentence `missing`."""
    found = entities.by_arn(ctx.tx, arn)
    if found is None or found.kind != kind or found.account != ctx.account:
        raise errors.no_such_entity(missing.format(arn=arn))
    return found


def check_quota(ctx: Context, kind: str, quota: str) -> None:
    """Raise LimitExceeded if the account has as many providers of this kind as it may."""
    if len(entities.list_all(ctx.tx, ctx.account, kind)) >= _MOST:
        raise errors.over_quota(quota, _MOST)


def change(ctx: Context, provider: Entity, **changes: Any) -> None:
    entities.update(ctx.tx, provider, provider.evolve(doc={**provider.doc, **changes}))


def tags_member(ctx: Context, arn: str) -> Params:
    tags = tag_list(ctx.tx.tags(arn))
    return {"Tags": tags} if tags else {}


def tagging(word: str, member: str, find: Callable[[Context, str], Entity]) -> None:
    """Register TagX, UntagX and ListXTags. `member` names the provider by its ARN."""
    target = f"{{{member}}}"

    def tag(ctx: Context, params: Params) -> Params:
        put_tags(ctx, find(ctx, params[member]).arn, params["Tags"])
        return {}

    def untag(ctx: Context, params: Params) -> Params:
        arn = find(ctx, params[member]).arn
        ctx.tx.untag(arn, _held(ctx.tx.tags(arn), params["TagKeys"]))
        return {}

    def list_tags(ctx: Context, params: Params) -> Params:
        tags = tag_list(ctx.tx.tags(find(ctx, params[member]).arn))
        shown, more = entities.paginate(ctx, params, tags, lambda tag: tag["Key"])
        return {"Tags": shown, **more}

    iam.accepts[f"Tag{word}"] = Members(f"{member} Tags")
    iam.accepts[f"Untag{word}"] = Members(f"{member} TagKeys")
    for name, handler in ((f"Tag{word}", tag), (f"Untag{word}", untag), (f"List{word}Tags", list_tags)):
        iam.answer(name, handler, target)


def _held(tags: Mapping[str, Any], keys: Iterable[str]) -> list[str]:
    """Return which of the tags these keys mean; case does not count."""
    gone = {key.lower() for key in keys}
    return [key for key in tags if key.lower() in gone]
