"""What has to be authorised before a call: actions, each with the ARNs that it is about, filled in from the
request.

Knows the form of ARNs, but not those of any service.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, cast

if TYPE_CHECKING:
    from clary.plane.action import Action, Target
    from clary.plane.context import Context

_MEMBER = re.compile(r"\{(\w+)\}")
_ANY = ("*",)

Fill = Callable[[Mapping[str, Any]], str]


class Question(NamedTuple):
    """Something that the caller must be allowed to do: any of `actions`, on all of `arns`."""

    actions: tuple[str, ...]
    arns: Sequence[str]


def questions_of(ctx: Context, action: Action, params: Mapping[str, Any]) -> list[Question]:
    """Return everything that a call needs: its own action, and those that this request needs in addition."""
    arns = arns_of(ctx, action, params)
    questions = [Question((action.name,), arns)]
    for one in action.more(params) if action.also else ():
        others = arns if one.on is None else _arns(ctx, one.action, one.on, params)
        questions.append(Question((one.action, *one.instead), others))
    return questions


def arns_of(ctx: Context, action: Action, params: Mapping[str, Any]) -> Sequence[str]:
    """Return the full ARNs that a call is about; `*` if it is about no resource.

    A member that is an ARN replaces the whole ARN; a missing member becomes `*`.
    """
    return _arns(ctx, action.name, action.target, params)


def _arns(ctx: Context, action: str, target: Target, params: Mapping[str, Any]) -> Sequence[str]:
    if target == "*":
        return _ANY
    if not isinstance(target, str):
        return (
            target(ctx, cast("dict[str, Any]", params)) or _ANY
        )  # not a copy: it may settle what the request names
    resource = _filler(target)(params)
    return (resource,) if resource.startswith("arn:") else (_prefix(ctx, action) + resource,)


def _prefix(ctx: Context, action: str) -> str:
    service = action.partition(":")[0]
    scope = ctx.platform.access_of(action).scope
    if scope == "nameless":
        return f"arn:{ctx.partition}:{service}:::"
    region = "" if scope == "global" else ctx.region
    return f"arn:{ctx.partition}:{service}:{region}:{ctx.account}:"


@lru_cache(maxsize=4096)
def _filler(template: str) -> Fill:
    parts = _MEMBER.split(template)
    names = parts[1::2]
    if len(names) == 1:
        return _with_one(parts[0], names[0], parts[2])
    pattern = "".join("%s" if place % 2 else part.replace("%", "%%") for place, part in enumerate(parts))
    return lambda params: pattern % tuple(_text(params.get(name)) for name in names)


def _with_one(before: str, name: str, after: str) -> Fill:
    def fill(params: Mapping[str, Any]) -> str:
        value = _text(params.get(name))
        return value if value.startswith("arn:") else f"{before}{value}{after}"

    return fill


def _text(value: Any) -> str:
    return "*" if value is None or value == "" else str(value)
