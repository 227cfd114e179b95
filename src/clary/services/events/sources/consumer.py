"""Put changes of records onto the default bus of their account, as events of their service."""

from __future__ import annotations

from clary.kernel import BusinessTime
from clary.plane import Record
from clary.plane.changes import Reaction
from clary.services.events.names import DEFAULT, BusName
from clary.services.events.publishing.entries import made
from clary.services.events.publishing.publish import Posted, publish_here
from clary.services.events.service import events
from clary.services.events.sources.subjects import SUBJECTS
from clary.store.api import Change


def _is_event(change: Change) -> bool:
    return SUBJECTS[change.kind].is_event(change)


@events.on_change(*SUBJECTS, name="sources", concerns=_is_event)
def put_onto_the_bus(at: Reaction, change: Change) -> None:
    """Match a change with the rules of the default bus. What is written down for the targets has the number of the change as its
    key, so a change that comes again does nothing."""
    record = at.tx.by_arn(change.arn)
    if record is None:  # deleted since: AWS's services tell of what was deleted by no event of these types
        return
    subject = SUBJECTS[change.kind]
    record = _as_it_was(record, change)
    when = BusinessTime(change.at, at.platform.clock.timeline).now
    event = made(
        at.platform.ids.uuid(),
        subject.source,
        subject.detail_type,
        change.scope,
        when,
        [change.arn],
        subject.detail(at.platform, record, change),
    )
    bus = BusName(at.platform.settings.partition, at.account, at.region, DEFAULT)
    publish_here(at.platform, at.tx, [Posted(bus, event, f"change/{change.number}")])


def _as_it_was(record: Record, change: Change) -> Record:
    """Return the record with what the change says of it: it may have gone on since."""
    new = change.view["new"]
    document = {**record.doc, "status": {**record.observed, **(new.get("members") or {})}}
    return record.evolve(status=new["status"], doc=document)
