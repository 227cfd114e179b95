"""What a service does when a record changes: consumers of the change feed, and what one may touch. Knows no loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from clary.kernel import Caller
from clary.plane.port import Plane
from clary.plane.signals import DUE
from clary.plane.unit import Effect, Unit
from clary.store.api import Change, Tx


@dataclass(slots=True)
class Reaction:
    """What a consumer may touch while it acts on one change, all of it in one transaction: what is written here, what is
    called here and the consumer's position in the feed are committed together or not at all.

    `principal` is the consumer's service, which acts on behalf of the record that changed, in its account and region.
    """

    platform: Plane
    change: Change
    principal: str
    unit: Unit
    now: float

    @property
    def tx(self) -> Tx:
        return self.unit.tx

    @property
    def account(self) -> str:
        return self.change.scope.partition("/")[0]

    @property
    def region(self) -> str:
        return self.change.scope.partition("/")[2]

    @property
    def service(self) -> Caller:
        """The service itself, which acts on behalf of the record."""
        return Caller.of_service(self.principal, self.account, self.change.arn)

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Perform any operation as the service itself, in this transaction. Raise AccessDenied where the service may not,
        and InTransaction for an operation that would have to wait."""
        return self.platform.perform(
            service, operation, dict(params), self.service, self.region, unit=self.unit, account=self.account
        )

    def after_commit(self, effect: Effect) -> None:
        """Do something outside of the store once this is committed: see Unit. It is not repeated when this process dies in
        between, so what must happen is written into a record whose controller does it."""
        self.unit.after_commit(effect)

    def notify(self, *topics: str) -> None:
        """Wake who waits for these topics, once this is committed."""
        self.unit.notify(*topics)

    def wake(self) -> None:
        """Once this is committed, controllers look at what is due at once."""
        self.notify(DUE)


React = Callable[[Reaction, Change], None]

Concerns = Callable[[Change], bool]
"""Whether a consumer has anything to do after a change, by what the change says alone."""


def always(change: Change) -> bool:
    """Let every change concern a consumer: the default."""
    return True


@dataclass(frozen=True, slots=True)
class Consumer:
    """A function that is called for each change of some kinds (none: of all). `name` is that of its position in the
    store; a consumer of another name begins at the oldest change there is. Where `wants_all`, services write for it all
    changes of these kinds, also those that they write on demand; otherwise those that were asked for by `Tx.want` under
    its name. A change that does not concern it costs no transaction."""

    name: str
    kinds: tuple[str, ...]
    react: React
    principal: str
    wants_all: bool = True
    concerns: Concerns = always
