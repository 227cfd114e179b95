"""Tags of users, roles, policies and instance profiles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from clary.plane import Context
from clary.services.iam import entities, errors, managed_policies
from clary.services.iam.mfa import devices
from clary.services.iam.service import NAMES, answer, named, tag_list, tag_map

Params = dict[str, Any]
_MOST = 50  # IAM quotas: tags of one resource
Find = Callable[[Context, Mapping[str, Any]], str]


def check_tags(ctx: Context, arn: str, tags: Mapping[str, str]) -> None:
    """Raise InvalidInput for keys that AWS reserves, LimitExceeded for too many tags."""
    if any(key.lower().startswith("aws:") for key in tags):
        raise errors.invalid_input("Tag keys starting with aws: are reserved for internal use.")
    if len({**ctx.tx.tags(arn), **tags}) > _MOST:
        raise errors.over_quota("TagsPerResource", _MOST)


def put_tags(ctx: Context, arn: str, tags: list[dict[str, str]] | None) -> None:
    """Add the tags of a request. Raise InvalidInput if a key is given twice; case does not count."""
    wanted = tag_map(tags)
    if len({key.lower() for key in wanted}) != len(tags or ()):
        raise errors.invalid_input(
            "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        )
    check_tags(ctx, arn, wanted)
    held = {key.lower(): key for key in ctx.tx.tags(arn)}
    ctx.tx.untag(arn, [held[key.lower()] for key in wanted if key.lower() in held])
    ctx.tx.tag(arn, wanted)


def _tag(find: Find) -> Any:
    def tag(ctx: Context, params: Params) -> Params:
        put_tags(ctx, find(ctx, params), params["Tags"])
        return {}

    return tag


def _untag(find: Find) -> Any:
    def untag(ctx: Context, params: Params) -> Params:
        arn = find(ctx, params)
        gone = {key.lower() for key in params["TagKeys"]}
        ctx.tx.untag(arn, [key for key in ctx.tx.tags(arn) if key.lower() in gone])
        return {}

    return untag


def _list(find: Find) -> Any:
    def list_tags(ctx: Context, params: Params) -> Params:
        tags = tag_list(ctx.tx.tags(find(ctx, params)))
        shown, more = entities.paginate(ctx, params, tags, lambda tag: tag["Key"])
        return {"Tags": shown, **more}

    return list_tags


def _named(kind: str) -> Find:
    return lambda ctx, params: entities.find(ctx, kind, params[NAMES[kind]]).arn


def _policy(ctx: Context, params: Mapping[str, Any]) -> str:
    return managed_policies.find(ctx, params["PolicyArn"]).arn


def _mfa_device(ctx: Context, params: Mapping[str, Any]) -> str:
    return devices.find(ctx, params["SerialNumber"]).serial


for _word, _find, _on in (
    ("User", _named("user"), named("user")),
    ("Role", _named("role"), named("role")),
    ("InstanceProfile", _named("instance-profile"), named("instance-profile")),
    ("ServerCertificate", _named("server-certificate"), named("server-certificate")),
    ("Policy", _policy, "{PolicyArn}"),
    ("MFADevice", _mfa_device, "{SerialNumber}"),
):
    answer(f"Tag{_word}", _tag(_find), _on)
    answer(f"Untag{_word}", _untag(_find), _on)
    answer(f"List{_word}Tags", _list(_find), _on)
