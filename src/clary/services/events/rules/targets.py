"""PutTargets, RemoveTargets, ListTargetsByRule, ListRuleNamesByTarget."""

from __future__ import annotations

from typing import Any

from clary.plane import Context, Members, revise
from clary.plane.paging import sign_token
from clary.services.events import pages
from clary.services.events.buses import records as buses
from clary.services.events.errors import too_many
from clary.services.events.names import bus_named, on_bus, on_rule
from clary.services.events.rules import records
from clary.services.events.rules.target_checks import check
from clary.services.events.service import events

Params = dict[str, Any]

MOST = 5  # "Targets per rule": the quota of EventBridge


@events.operation(
    on=on_rule,
    accepts=Members(
        "Rule EventBusName Targets.Id Targets.Arn Targets.RoleArn Targets.Input Targets.InputPath Targets.InputTransformer"
        " Targets.SqsParameters Targets.DeadLetterConfig Targets.RetryPolicy Targets.SageMakerPipelineParameters"
    ),
)
def put_targets(ctx: Context, params: Params) -> Params:
    """Add targets to a rule, or write over those of the same ids. Raise LimitExceededException."""
    bus = bus_named(ctx, params.get("EventBusName"))
    buses.load(ctx.tx, bus)
    record = records.load(ctx.tx, bus, params["Rule"])
    for target in params["Targets"]:
        check(ctx, target)
    new = {target["Id"]: target for target in params["Targets"]}
    kept = [target for target in records.targets(record) if target["Id"] not in new]
    if len(kept) + len(new) > MOST:
        raise too_many()
    ctx.tx.update(revise(record, private={"targets": [*kept, *new.values()]}, modified=ctx.now))
    return {"FailedEntryCount": 0, "FailedEntries": []}


@events.operation(
    on=on_rule,
    accepts=Members("Rule EventBusName Ids", {"Force": "it is for rules that AWS services manage"}),
)
def remove_targets(ctx: Context, params: Params) -> Params:
    bus = bus_named(ctx, params.get("EventBusName"))
    buses.load(ctx.tx, bus)
    record = records.load(ctx.tx, bus, params["Rule"])
    kept = [target for target in records.targets(record) if target["Id"] not in params["Ids"]]
    ctx.tx.update(revise(record, private={"targets": kept}, modified=ctx.now))
    return {"FailedEntryCount": 0, "FailedEntries": []}


@events.operation(on=on_rule)
def list_targets_by_rule(ctx: Context, params: Params) -> Params:
    bus = bus_named(ctx, params.get("EventBusName"))
    buses.load(ctx.tx, bus)
    record = records.load(ctx.tx, bus, params["Rule"])
    limit, after = pages.read(ctx, params)
    found = sorted(
        (target for target in records.targets(record) if target["Id"] > after),
        key=lambda target: target["Id"],
    )
    more = {"NextToken": sign_token(ctx, found[limit - 1]["Id"])} if len(found) > limit else {}
    return {"Targets": found[:limit], **more}


@events.operation(on=on_bus)
def list_rule_names_by_target(ctx: Context, params: Params) -> Params:
    bus = bus_named(ctx, params.get("EventBusName"))
    buses.load(ctx.tx, bus)
    limit, after = pages.read(ctx, params)
    arn = params["TargetArn"]
    names = [
        records.name_of(record)
        for record in records.all_of(ctx.tx, bus)
        if any(target["Arn"] == arn for target in records.targets(record))
    ]
    found = [name for name in sorted(names) if name > after]
    more = {"NextToken": sign_token(ctx, found[limit - 1])} if len(found) > limit else {}
    return {"RuleNames": found[:limit], **more}
