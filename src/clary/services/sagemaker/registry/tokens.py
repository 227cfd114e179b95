"""ClientToken: a call that is sent again with the token of an earlier one gets its answer, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clary.plane import Context

Params = dict[str, Any]


def once(ctx: Context, params: Params, act: Callable[[], Params]) -> Params:
    """Return what `act` answers, or what it answered to the same token. The callers of other accounts have tokens of their
    own."""
    token, scope = params.get("ClientToken"), f"{ctx.caller.account}/{ctx.region}"
    if token and (before := ctx.tx.once(scope, ctx.op.name, token)) is not None:
        return before
    answer = act()
    if token:
        ctx.tx.remember(scope, ctx.op.name, token, answer)
    return answer
