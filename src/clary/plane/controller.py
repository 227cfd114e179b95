"""Controllers: functions of one record that look at the world, act idempotently and return the next step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from clary.access.directory import Directory
from clary.kernel import AwsError, BusinessTime, Caller, Ids
from clary.plane.nouns.documents import revise
from clary.plane.port import Plane
from clary.plane.unit import Unit
from clary.runs.api import Executor
from clary.store.api import Record, Tx


class Call(NamedTuple):
    """A call in the transaction that writes the step, by the service itself or as a `role` of the record.

    A rejected call undoes the step unless it is `optional`: a program's own reports must not keep its job
    from ending.
    """

    service: str
    operation: str
    params: Mapping[str, Any]
    optional: bool = False
    role: str | None = None


Write = Callable[[Tx], None]
"""Writes to a service's own tables, in the transaction that writes the step."""


@dataclass(frozen=True, slots=True)
class Step:
    """The decision of a controller.

    `status` is the new status (None: unchanged). `set` are members of the document's status, `private` of its
    private part; None removes a member. The record is handled again `after` so many seconds of machine time
    or at `until` in business time, whichever comes first (both None: when something wakes it). `calls` are
    made in the same transaction, all or nothing, and so are `writes`. `delete` removes the record.
    """

    status: str | None = None
    set: Mapping[str, Any] = field(default_factory=dict)
    after: float | None = None
    calls: tuple[Call, ...] = ()
    delete: bool = False
    private: Mapping[str, Any] = field(default_factory=dict)
    until: float | None = None
    writes: tuple[Write, ...] = ()


@dataclass(slots=True)
class World:
    """What the controller of a record may use.

    `principal` is the service that owns the record. Everything is done on behalf of that record, in its
    account and region.
    """

    platform: Plane
    now: float
    record: Record
    principal: str

    @property
    def business(self) -> BusinessTime:
        """The current business time, on which schedules, retention and waits run."""
        return BusinessTime(self.now, self.platform.clock.timeline)

    @property
    def runs(self) -> Executor:
        return self.platform.runs

    @property
    def ids(self) -> Ids:
        return self.platform.ids

    @property
    def scope(self) -> str:
        return self.record.scope

    @property
    def account(self) -> str:
        return self.scope.partition("/")[0]

    @property
    def region(self) -> str:
        return self.scope.partition("/")[2]

    @property
    def service(self) -> Caller:
        """The service itself, acting on behalf of the record."""
        return Caller.of_service(self.principal, self.account, self.record.arn)

    def call(
        self,
        service: str,
        operation: str,
        params: Mapping[str, Any],
        unit: Unit | None = None,
        *,
        role: str | None = None,
        session: str = "",
    ) -> dict[str, Any]:
        """Call any operation as the service itself, or as a role that trusts it.

        The session of the role has the name `session`, or else the record's id. What the call creates has this record as its
        parent. It runs in the transaction `unit` if given, otherwise in its own lane. Raise AccessDenied if the service or
        the role may not, and InTransaction for an operation that would have to wait inside of a transaction: call that in
        the controller, not in its step.
        """
        caller = self.service if role is None else self._as_role(role, session or self.record.id, unit)
        return self.platform.perform(
            service,
            operation,
            dict(params),
            caller,
            self.region,
            unit=unit,
            account=self.account,
            parent=self.record.arn,
        )

    def _as_role(self, role: str, session: str, unit: Unit | None) -> Caller:
        directory: Directory = self.platform.extras["directory"]
        with nullcontext(unit.tx) if unit else self.platform.store.read() as seen:
            return directory.acting(seen, role, session, self.service)

    def get(self, kind: str, id: str) -> Record | None:
        """Return another record of the same account and region, or None."""
        with self.platform.store.read() as tx:
            return tx.get(kind, self.scope, id)


Reconcile = Callable[[Record, World], Step]


def apply(unit: Unit, record: Record, step: Step, world: World) -> Record | None:
    """Write a step over the record that it was made from. Raise Stale if the record was changed meanwhile."""
    for call in step.calls:
        try:
            world.call(call.service, call.operation, call.params, unit, role=call.role)
        except AwsError:
            if not call.optional:
                raise
    for write in step.writes:
        write(unit.tx)
    if step.delete:
        unit.tx.delete(record)
        unit.notify(record.kind)
        return None
    due = None if step.after is None else world.now + step.after
    new = revise(
        record,
        observed=step.set,
        private=step.private,
        status=step.status or record.status,
        due=due,
        until=step.until,
    )
    if new.doc == record.doc and new.status == record.status:
        return unit.tx.postpone(record, due, step.until)
    unit.notify(record.kind)
    touched = step.status is not None or bool(step.set)
    return unit.tx.update(new.evolve(modified=world.now) if touched else new)
