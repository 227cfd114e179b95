"""The metric alarm as a record, and its history, which the record contains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from clary.plane import Context, Document, Errors, Hooks, Key, Noun, Record, States
from clary.services.cloudwatch.service import cloudwatch

_HISTORY = "history"
_LONGEST_HISTORY = 100
_RETENTION = 14 * 86400

Doc = dict[str, Any]


def _stamp(ctx: Context, params: Doc) -> Document:
    """Return the first state of a new alarm (recorded: test_describe_minimal_metric_alarm)."""
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
    """An entry of an alarm's history. `kind` is a HistoryItemType; `data` becomes HistoryData as JSON."""

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
    """Return the history of an alarm, the oldest entry first."""
    return [Entry(*entry) for entry in record.private.get(_HISTORY, [])]


def with_history(record: Record, entry: Entry) -> Doc:
    """Return the private member with one more history entry. At most 100 entries of two weeks are kept."""
    entries = [old for old in record.private.get(_HISTORY, []) if old[0] > entry.at - _RETENTION]
    return {_HISTORY: [*entries, [entry.at, entry.kind, entry.summary, entry.data]][-_LONGEST_HISTORY:]}


def state_change(record: Record, state: str, reason: str, data: str | None, now: float) -> Document:
    """Return what changes in the document when an alarm gets a state, including its history."""
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
    status: Doc = {"StateReason": reason, "StateReasonData": data, "StateUpdatedTimestamp": now}
    if state == record.status:
        return Document(status=status)
    return Document(status=status | {"StateTransitionedTimestamp": now}, private=with_history(record, entry))
