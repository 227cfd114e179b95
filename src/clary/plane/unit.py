"""A transaction under way, and what is to follow its commit. Knows no store and no service."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence

from clary.store.api import Tx

log = logging.getLogger("clary.calls")

Effect = Callable[[], object]


class InTransaction(RuntimeError):
    """A transaction must not wait for what is asked here. This is a mistake of the caller's code: declare its handler
    `lane="compute"`, which has no transaction; or do it in `ctx.after_commit`; or, in a controller, before the step."""


class Unit:
    """One transaction. Work that runs again begins with a new one: what a failed attempt wanted is forgotten with it.

    `effects` change something outside of the store (a run's folder, a process) and run once, in order, after the commit.
    Nobody repeats them when this process dies in between. So an effect must be one that can be made later as well, and
    something must look for what was left: a sweep, or the controller of the record. `topics` are notified after it.
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
        """Do what was to follow. The transaction stands, whatever fails here: a failure is logged, and the next is run."""
        for effect in self.effects:
            try:
                effect()
            except Exception:
                log.exception("what was to follow a commit failed")
