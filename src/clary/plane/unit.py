"""A transaction in progress, and what follows its commit. Knows no store and no service."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence

from clary.store.api import Tx

log = logging.getLogger("clary.calls")

Effect = Callable[[], object]


class InTransaction(RuntimeError):
    """A transaction must not wait for the operation called in it. This is a mistake in the calling code.

    Declare the handler `lane="compute"`, which has no transaction; or make the call in `ctx.after_commit`;
    or, in a controller, before the step.
    """


class MustWrite(Exception):
    """A read has to write something first. The pipeline drops what it has done, and makes the call again in a transaction
    that writes."""


class Unit:
    """One transaction. If the work is repeated, a new one begins, and what the failed attempt added is
    dropped.

    `effects` change something outside of the store (a run's folder, a process). They run once, in order,
    after the commit, and are not repeated if this process dies in between. So it must be possible to do an
    effect later, and something must look for what is left: a sweep, or the record's controller. `topics` are
    notified afterwards.
    """

    effects: Sequence[Effect] = ()
    topics: Collection[str] = ()
    over = False

    def __init__(self, tx: Tx, writes: bool) -> None:
        self.tx = tx
        self.writes = writes

    def after_commit(self, effect: Effect) -> None:
        """Add an effect."""
        self.effects = [*self.effects, effect]

    def notify(self, *topics: str) -> None:
        """Add topics."""
        self.topics = {*self.topics, *topics}

    def run_effects(self) -> None:
        """Run the effects. The transaction stands even if one fails; the failure is logged, and the next
        effect runs."""
        for effect in self.effects:
            try:
                effect()
            except Exception:
                log.exception(
                    "an effect failed after a commit, which stands; its sweep or controller has to repeat it"
                )
