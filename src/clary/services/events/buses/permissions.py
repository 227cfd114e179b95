"""PutPermission and RemovePermission: the resource policy of a bus, a statement at a time or whole.

Source: PutPermission (API reference), and recorded answers of AWS.
"""

from __future__ import annotations

from typing import Any

import orjson

from clary.access.policy_parser import PolicyError, parse_policy
from clary.kernel import AwsError
from clary.kernel.errors import validation
from clary.plane import Context, Members, Record, revise
from clary.services.events.buses import records
from clary.services.events.errors import not_valid
from clary.services.events.names import bus_named, on_bus
from clary.services.events.service import events

Params = dict[str, Any]

_LONGEST = 10_240  # "Policy size" of a bus in the quotas of EventBridge
_ONE = ("Action", "Principal", "StatementId", "Condition")


@events.operation(on=on_bus, accepts=Members("EventBusName Action Principal StatementId Condition Policy"))
def put_permission(ctx: Context, params: Params) -> Params:
    """Let others put events onto a bus: by a statement, or by a whole policy in place of the one before."""
    bus = bus_named(ctx, params.get("EventBusName"))
    record = records.load(ctx.tx, bus)
    if "Policy" in params:
        if any(name in params for name in _ONE):
            raise validation("Policy can't be specified with Action, Principal, StatementId or Condition.")
        _store(ctx, record, _checked(params["Policy"]))
        return {}
    statement = _statement(ctx, bus.arn, params)
    kept = [one for one in _statements(record) if one.get("Sid") != statement["Sid"]]
    _store(ctx, record, {"Version": "2012-10-17", "Statement": [*kept, statement]})
    return {}


def _checked(text: str) -> Params:
    try:
        return parse_policy(text)
    except PolicyError:
        raise not_valid("Policy", "Policy is malformed.") from None


def _statement(ctx: Context, arn: str, params: Params) -> Params:
    for name in ("Action", "Principal", "StatementId"):
        if name not in params:
            raise not_valid(name, f"{name} is a required argument.")
    if params["Action"] != "events:PutEvents":
        raise validation("Provided value in parameter 'action' is not supported.")
    principal = params["Principal"]
    everybody = {"AWS": f"arn:{ctx.partition}:iam::{principal}:root"} if principal != "*" else "*"
    said = params.get("Condition")
    condition = {"Condition": {said["Type"]: {said["Key"]: said["Value"]}}} if said else {}
    return {
        "Sid": params["StatementId"],
        "Effect": "Allow",
        "Principal": everybody,
        "Action": "events:PutEvents",
        "Resource": arn,
        **condition,
    }


def _statements(record: Record) -> list[Params]:
    policy = record.private.get("policy")
    return orjson.loads(policy)["Statement"] if policy else []


def _store(ctx: Context, record: Record, policy: Params | None) -> None:
    text = orjson.dumps(policy).decode() if policy else None
    if text and len(text) > _LONGEST:
        raise AwsError(
            "PolicyLengthExceededException", f"The event bus policy is larger than {_LONGEST} characters."
        )
    records.write(ctx.tx, revise(record, private={"policy": text}), ctx.now)


@events.operation(on=on_bus, accepts=Members("StatementId RemoveAllPermissions EventBusName"))
def remove_permission(ctx: Context, params: Params) -> Params:
    record = records.load(ctx.tx, bus_named(ctx, params.get("EventBusName")))
    if params.get("RemoveAllPermissions"):
        _store(ctx, record, None)
        return {}
    those = _statements(record)
    if not those:
        raise AwsError("ResourceNotFoundException", "EventBus does not have a policy.")
    kept = [one for one in those if one.get("Sid") != params.get("StatementId")]
    if len(kept) == len(those):
        raise AwsError("ResourceNotFoundException", "Statement with the provided id does not exist.")
    _store(ctx, record, {"Version": "2012-10-17", "Statement": kept} if kept else None)
    return {}
