"""May a request that nobody signed go on, before its document is read? Knows no document.

All that such a call can have comes from the policy of a bucket. Where no statement of it could allow the call, whatever
its document says, it is refused for what its path says alone. Where one could, the call is judged as every other.
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
    """Raise AccessDenied unless a document could make this call an allowed one. Needs `ctx.tx`; `params` are those of
    path, query and headers."""
    service = ctx.platform.services[ctx.op.service.name]
    guard = service.access.guard
    text = guard(ctx, arns_of(ctx, action, params)[0]).policy if guard else None
    actions = service.one_by_one.get(ctx.op.name, (action.name,))
    if text is None or not any(_grants(text, ctx, name) for name in actions):
        raise AwsError("AccessDenied", "Access Denied", 403)


def _grants(text: str, ctx: Context, action: str) -> bool:
    """Whether a statement allows this action to everybody, on some resource and under some condition."""
    everybody = principal_of(ctx.caller)
    statements = compile_stored(text).about(action)
    return any(s.allow and s.principal(everybody) is not Grant.NONE for s in statements)
