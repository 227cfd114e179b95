"""The metric alarm as a record, and what it keeps of its own history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from clary.plane import Context, Document, Errors, Hooks, Key, Noun, Record, States
from clary.services.cloudwatch.service import cloudwatch

_HISTORY = "history"
_LONGEST_HISTORY = 100
_KEPT = 14 * 86400

Doc = dict[str, Any]


def _stamp(ctx: Context, params: Doc) -> Document:
    """What a new alarm says of its state (recorded: test_describe_minimal_metric_alarm)."""
    return Document(
        status={
            "AlarmConfigurationUpdatedTimestamp": ctx.now,
            "StateReason": "Unchecked: Initial alarm creation",
            "StateUpdatedTimestamp": ctx.now,
            "StateTransitionedTimestamp": ctx.now,
        }
    )


ALARM = cloudwatch.declare(
    Noun(
        "MetricAlarm",
        arn="alarm:{AlarmName}",
        key=Key("AlarmName"),
        states=States("StateValue", start="INSUFFICIENT_DATA"),
        hooks=Hooks(stamp=_stamp, view=lambda record: {"AlarmArn": record.arn}),
        errors=Errors(missing="", missing_code="ResourceNotFound"),
    )
)
cloudwatch.split_documents(ALARM)


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
    return [Entry(*entry) for entry in record.private.get(_HISTORY, [])]


def remembered(record: Record, entry: Entry) -> Doc:
    """The private member that remembers one entry more: those of two weeks, and not more than a hundred."""
    entries = [old for old in record.private.get(_HISTORY, []) if old[0] > entry.at - _KEPT]
    return {_HISTORY: [*entries, [entry.at, entry.kind, entry.summary, entry.data]][-_LONGEST_HISTORY:]}


def moved(record: Record, state: str, reason: str, data: str | None, now: float) -> Document:
    """What changes when an alarm comes into a state, its history among it."""
    entry = Entry(
        now,
        "StateUpdate",
        f"Alarm updated from {record.status} to {state}",
        {
            "version": "1.0",
            "oldState": {"stateValue": record.status, "stateReason": record.observed.get("StateReason", "")},
            "newState": {"stateValue": state, "stateReason": reason},
        },
    )
    said: Doc = {"StateReason": reason, "StateReasonData": data, "StateUpdatedTimestamp": now}
    if state == record.status:
        return Document(status=said)
    return Document(status=said | {"StateTransitionedTimestamp": now}, private=remembered(record, entry))
