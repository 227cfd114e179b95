"""What goes around every call: hooks that see it before it is authorised and after it was answered. Knows no hook."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from clary.plane.context import Context

log = logging.getLogger("clary.calls")


class Around(Protocol):
    """One concern of all calls: metering, throttling, an audit trail. Put together in server/assemble.py, outermost first.

    Both methods run on the event loop or in a thread of a call and must not wait. What they want to keep they gather in
    memory, and store it by themselves.
    """

    def before(self, call: Invocation) -> None:
        """See a call that is parsed and checked, and not yet authorised. Raise AwsError to refuse it."""
        ...

    def after(self, call: Invocation) -> None:
        """See how it ended: `call.error` is None, or what was raised. Not called where `before` of this hook, or of one
        further out, raised. What is raised here is logged, and changes nothing."""
        ...


class Invocation:
    """One call on its way, as hooks see it. `result` is what the handler returned, `seconds` how long all of it took;
    `ctx.inside` tells a call of another handler or of a controller from one that came over HTTP."""

    # As the class has them: one is made for every call.
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
