"""What else a call must be allowed to do: actions that depend on a member, and the source of a copy.

An operation has one action; S3 has some that need another (`s3:GetObjectVersion` beside `s3:GetObject`). They are
judged by the same authoriser, with the policy of the bucket that they are about.
"""

from __future__ import annotations

from typing import Any

from clary.plane import Context
from clary.plane.service import Action
from clary.services.s3.face import object_arn

Params = dict[str, Any]


def _never(ctx: Context, params: Params) -> Params:
    raise AssertionError("an action that is only judged is never called")


_ACTIONS: dict[str, Action] = {}


def _action(name: str) -> Action:
    if name not in _ACTIONS:
        _ACTIONS[name] = Action(_never, f"s3:{name}", object_arn, hot=False)
    return _ACTIONS[name]


def also(ctx: Context, name: str, params: Params) -> None:
    """Raises AccessDenied unless the caller may do `s3:<name>` on the object of `params`, too (plain handlers)."""
    ctx.platform.authorizer.authorize(ctx, _action(name), params)


async def also_hot(ctx: Context, name: str, params: Params) -> None:
    """The same in the hot lane."""
    await ctx.platform.authorizer.authorize_hot(ctx, _action(name), params)
