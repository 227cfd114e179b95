"""Hooks around every call: they see it before it is authorised and after it was answered. Knows no hook."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from clary.plane.context import Context

log = logging.getLogger("clary.calls")


class Around(Protocol):
    """A concern of all calls: metering, throttling, an audit trail. server/assemble.py lists the hooks,
    outermost first.

    Both methods run on the event loop or in a call's thread, so they must not block. They collect in memory
    what they keep, and store it elsewhere.
    """

    def before(self, call: Invocation) -> None:
        """See a call that is parsed and checked, but not yet authorised. Raise AwsError to reject it."""
        ...

    def after(self, call: Invocation) -> None:
        """See how a call ended: `call.error` is the exception or None.

        Not called if `before` of this hook or of an outer one raised. An exception here is logged and
        otherwise ignored.
        """
        ...


class Invocation:
    """A call in progress, as hooks see it.

    `result` is what the handler returned, `seconds` the total duration. `ctx.inside` tells a call by a
    handler or a controller from one over HTTP.
    """

    # Class attributes are the defaults, since one object is created per call.
    result: dict[str, Any] | None = None
    error: BaseException | None = None
    seconds = 0.0
    _passed = 0

    def __init__(self, hooks: Sequence[Around], ctx: Context, params: dict[str, Any]) -> None:
        self.ctx = ctx
        self.params = params
        self._hooks = hooks
        self._began = time.perf_counter()

    def __enter__(self) -> Invocation:
        try:
            for hook in self._hooks:
                hook.before(self)
                self._passed += 1
        except BaseException as error:
            self._end(error)
            raise
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if self._passed:
            self._end(error)

    def _end(self, error: BaseException | None) -> None:
        self.error = error
        self.seconds = time.perf_counter() - self._began
        place = self._passed
        while place:
            place -= 1
            try:
                self._hooks[place].after(self)
            except Exception:
                log.exception("%s failed after a call", type(self._hooks[place]).__name__)
