"""Decide whether an unsigned request may continue before its document is read.

An unsigned call gets its permissions only from a bucket policy. If no statement could allow the call,
whatever its document says, it is rejected because of its path alone. Otherwise it is authorised like every
other call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clary.access.evaluator import compile_stored
from clary.access.principals import Grant
from clary.kernel import AwsError
from clary.plane.authorization.authorizer import principal_of
from clary.plane.authorization.questions import arns_of

if TYPE_CHECKING:
    from clary.plane.action import Action
    from clary.plane.context import Context


def admit(ctx: Context, action: Action, params: dict[str, Any]) -> None:
    """Raise AccessDenied unless the call could be allowed, depending on its document.

    Needs `ctx.tx`. `params` are the members in path, query and headers.
    """
    service = ctx.platform.services[ctx.op.service.name]
    guard = service.access.guard
    text = guard(ctx, arns_of(ctx, action, params)[0], params).policy if guard else None
    actions = service.one_by_one.get(ctx.op.name, (action.name,))
    if text is None or not any(_grants(text, ctx, name) for name in actions):
        raise AwsError("AccessDenied", "Access Denied", 403)


def _grants(text: str, ctx: Context, action: str) -> bool:
    """Return whether a statement allows this action to everybody, on some resource and under some condition."""
    everybody = principal_of(ctx.caller)
    statements = compile_stored(text).about(action)
    return any(s.allow and s.principal(everybody) is not Grant.NONE for s in statements)
