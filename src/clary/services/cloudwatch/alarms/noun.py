"""The metric alarm as a record, and what it keeps of its own history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from clary.plane import Context, Errors, Record, Resource, States
from clary.services.cloudwatch.service import cloudwatch

_HISTORY = "_history"
_LONGEST_HISTORY = 100
_KEPT = 14 * 86400
_STATE = ("StateReason", "StateReasonData", "StateUpdatedTimestamp", "StateTransitionedTimestamp", _HISTORY)

Doc = dict[str, Any]


def _stamp(ctx: Context, params: Doc) -> Doc:
    """What a new alarm says of its state (recorded: test_describe_minimal_metric_alarm)."""
    return {
        "AlarmConfigurationUpdatedTimestamp": ctx.now,
        "StateReason": "Unchecked: Initial alarm creation",
        "StateUpdatedTimestamp": ctx.now,
        "StateTransitionedTimestamp": ctx.now,
    }


class Alarm(Resource):
    """Its ARN says `cloudwatch`, though requests are signed for `monitoring`."""

    def arn_of(self, ctx: Context, id: str) -> str:
        return ctx.arn(f"alarm:{id}", "cloudwatch")


ALARM = cloudwatch.resource(
    Alarm(
        name="MetricAlarm",
        arn="alarm:{AlarmName}",
        key="AlarmName",
        states=States("StateValue", "INSUFFICIENT_DATA"),
        stamp=_stamp,
        view=lambda record: {"AlarmArn": record.arn},
        errors=Errors(missing="", missing_code="ResourceNotFound"),
    )
)


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened to an alarm. `kind` is a HistoryItemType, `data` goes into HistoryData as JSON."""

    at: float
    kind: str
    summary: str
    data: Mapping[str, Any]

    def shown(self, alarm: str) -> Doc:
        return {
            "AlarmName": alarm,
            "AlarmType": "MetricAlarm",
            "Timestamp": self.at,
            "HistoryItemType": self.kind,
            "HistorySummary": self.summary,
            "HistoryData": orjson.dumps(self.data).decode(),
        }


def history(record: Record) -> list[Entry]:
    """What happened to an alarm, the oldest first."""
    return [Entry(*entry) for entry in record.doc.get(_HISTORY, [])]


def remembered(doc: Mapping[str, Any], entry: Entry) -> Doc:
    """The member of the document that remembers one entry more: those of two weeks, and not more than a hundred."""
    entries = [old for old in doc.get(_HISTORY, []) if old[0] > entry.at - _KEPT]
    return {_HISTORY: [*entries, [entry.at, entry.kind, entry.summary, entry.data]][-_LONGEST_HISTORY:]}


def state_of(doc: Mapping[str, Any]) -> Doc:
    """The members of an alarm that are not its configuration."""
    return {member: doc[member] for member in _STATE if member in doc}


def moved(record: Record, state: str, reason: str, data: str | None, now: float) -> Doc:
    """The members that change when an alarm comes into a state, its history among them."""
    entry = Entry(
        now,
        "StateUpdate",
        f"Alarm updated from {record.status} to {state}",
        {
            "version": "1.0",
            "oldState": {"stateValue": record.status, "stateReason": record.doc.get("StateReason", "")},
            "newState": {"stateValue": state, "stateReason": reason},
        },
    )
    changed: Doc = {"StateReason": reason, "StateReasonData": data, "StateUpdatedTimestamp": now}
    if state == record.status:
        return changed
    return changed | {"StateTransitionedTimestamp": now} | remembered(record.doc, entry)
