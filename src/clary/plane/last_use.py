"""Who used which service last: collected in memory at the cost of a dictionary look-up per call, and stored every few seconds.

A further use within fifteen minutes is not kept, as on AWS: "when an access key is used more than once in a 15-minute span, only
the first use is recorded" (IAM User Guide, credential reports). A process that is killed loses the uses of the last seconds; AWS
itself takes up to four hours to show one. Knows no service and no table: the directory of identities stores what is collected.
"""

from __future__ import annotations

from threading import Lock
from typing import Any

from clary.access.directory import Use
from clary.plane.around import Invocation

_SPAN = 900.0  # seconds
_MOST = 20_000  # pairs of a caller and a service that are remembered; then the oldest spans are forgotten

Mark = tuple[str, str, str]  # access key, or '' for temporary ones; id of the user or role; service


class LastUse:
    """The hook that collects uses in one process (around.py)."""

    def __init__(self) -> None:
        self._kept: dict[Mark, float] = {}  # when the use that began the present span was made
        self._waiting: list[Use] = []
        self._lock = Lock()

    def before(self, call: Invocation) -> None:
        """Do nothing: a use is one that was authenticated, whatever came of it."""

    def after(self, call: Invocation) -> None:
        caller, now = call.ctx.caller, call.ctx.now
        key = caller.access_key_id if caller.access_key_id.startswith("AKIA") else ""
        if caller.via or not (key or caller.principal_id):
            return
        mark = (key, caller.principal_id, call.ctx.op.service.signing_name)
        if now < self._kept.get(mark, 0.0) + _SPAN:
            return
        use = Use(
            caller.account, key, caller.principal_id, caller.principal_arn, mark[2], call.ctx.region, now
        )
        with self._lock:
            if len(self._kept) >= _MOST:
                self._kept.clear()
            self._kept[mark] = now
            self._waiting.append(use)

    def store(self, platform: Any) -> None:
        """Store what was collected, in a thread. If that fails, keep it for the next time and raise the error."""
        with self._lock:
            uses, self._waiting = self._waiting, []
        if not uses:
            return
        try:
            with platform.store.write() as tx:
                platform.extras["directory"].keep_uses(tx, uses)
        except BaseException:
            with self._lock:
                self._waiting = [*uses, *self._waiting]
            raise


def last_use_of(platform: Any) -> LastUse:
    """Return the hook of a platform. Raise LookupError if there is none."""
    found = next((hook for hook in platform.around if isinstance(hook, LastUse)), None)
    if found is None:
        raise LookupError("uses are not collected here")
    return found
