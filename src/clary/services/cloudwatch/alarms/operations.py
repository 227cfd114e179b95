"""PutMetricAlarm, DeleteAlarms, SetAlarmState and switching of alarm actions."""

from __future__ import annotations

import json
from typing import Any

from clary.kernel import AwsError
from clary.plane import Context, Record, revise
from clary.plane.nouns import verbs
from clary.plane.nouns.calls import Spelled
from clary.services.cloudwatch.alarms.checks import check
from clary.services.cloudwatch.alarms.controller import evaluation_interval, seconds_until_next
from clary.services.cloudwatch.alarms.noun import ALARM, Entry, state_change, with_history
from clary.services.cloudwatch.service import cloudwatch

Params = dict[str, Any]
_DEFAULTS: Params = {
    "ActionsEnabled": True,
    "OKActions": [],
    "AlarmActions": [],
    "InsufficientDataActions": [],
    "Dimensions": [],
}


def _named(ctx: Context, params: Params) -> list[str]:
    """Return the ARNs of the named alarms. A name may be any text, even another alarm's ARN."""
    names = params["AlarmNames"] if "AlarmNames" in params else [params["AlarmName"]]
    return [ALARM.arn_of(ctx, name) for name in names]


@cloudwatch.operation(on=_named, also=(cloudwatch.tagging("Tags"),))
def put_metric_alarm(ctx: Context, params: Params) -> Params:
    """Create an alarm or replace its configuration, without changing its state. Only a new alarm takes the
    tags.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html.
    """
    check(params)
    given = _DEFAULTS | params
    if "Metrics" in params:
        given.pop("Dimensions")
    old = ctx.tx.get(ALARM.kind, ctx.scope, params["AlarmName"])
    if old is None:
        record = verbs.insert(Spelled(ALARM, ctx.op), ctx, given)
        entry = _configured(ctx, record, "Create", {"createdAlarm": _plain(given)})
        # A new alarm stays unchecked until its first evaluation (recorded:
        # test_describe_minimal_metric_alarm).
        first = ctx.business.now + seconds_until_next(evaluation_interval(given), ctx.now)
        ctx.tx.update(revise(record, private=with_history(record, entry), due=None, until=first))
        return {}
    config = {member: value for member, value in given.items() if member not in ("AlarmName", "Tags")}
    entry = _configured(ctx, old, "Update", {"updatedAlarm": _plain(given)})
    new = revise(
        old.evolve(doc={**old.doc, "spec": {}}),
        spec=config,
        observed={"AlarmConfigurationUpdatedTimestamp": ctx.now},
        private=with_history(old, entry),
        modified=ctx.now,
        due=ctx.now,
    )
    ctx.tx.update(new)
    ctx.wake()
    return {}


def _configured(ctx: Context, record: Record, kind: str, what: Params) -> Entry:
    verb = {"Create": "created", "Update": "updated"}[kind]
    summary = f'Alarm "{record.id}" {verb}'
    return Entry(ctx.now, "ConfigurationUpdate", summary, {"version": "1.0", "type": kind, **what})


def _plain(given: Params) -> Params:
    """Return a configuration as the history shows it."""
    return {member[:1].lower() + member[1:]: value for member, value in given.items() if member != "Tags"}


@cloudwatch.operation(on=_named)
def delete_alarms(ctx: Context, params: Params) -> Params:
    """Delete all the alarms or, if one does not exist, none."""
    for record in [ALARM.find(ctx, name) for name in dict.fromkeys(params["AlarmNames"])]:
        ctx.tx.delete(record)
    return {}


@cloudwatch.operation(on=_named)
def set_alarm_state(ctx: Context, params: Params) -> Params:
    """Set the state, to test what follows from it. The next evaluation sets it again."""
    record, state = ALARM.load(ctx, params), params["StateValue"]
    data = params.get("StateReasonData")
    if data is not None:
        _check_json(data)
    change = state_change(record, state, params["StateReason"], data, ctx.now)
    new = revise(record, observed=change.status, private=change.private, status=state, modified=ctx.now)
    ctx.tx.update(new)
    return {}


def _check_json(text: str) -> None:
    try:
        json.loads(text)
    except ValueError:
        raise AwsError("InvalidFormat", "StateReasonData is not valid JSON.") from None


@cloudwatch.operation(on=_named)
def enable_alarm_actions(ctx: Context, params: Params) -> Params:
    return _enable(ctx, params, True)


@cloudwatch.operation(on=_named)
def disable_alarm_actions(ctx: Context, params: Params) -> Params:
    return _enable(ctx, params, False)


def _enable(ctx: Context, params: Params, enabled: bool) -> Params:
    """Enable or disable actions. Ignore alarms that do not exist: the model declares no error."""
    for name in dict.fromkeys(params["AlarmNames"]):
        record = ctx.tx.get(ALARM.kind, ctx.scope, name)
        if record is not None:
            ctx.tx.update(revise(record, spec={"ActionsEnabled": enabled}, modified=ctx.now))
    return {}
