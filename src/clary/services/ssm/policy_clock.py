"""What policies do when their time has come: a parameter expires, or a notice goes into the change feed.

A parameter that has policies has a record beside its rows, whose controller looks at it when the next of them acts. Times
are business time, which users can move forward.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import orjson

from clary.plane import Context, Key, Noun, Record, States, Step, World
from clary.services.ssm import rows
from clary.services.ssm.policies import Policy, expiry, moment, parse
from clary.services.ssm.rows import Version
from clary.services.ssm.service import ssm
from clary.store.api import Tx

POLICIES = ssm.declare(
    Noun(
        "ParameterPolicies",
        arn="parameter-policies/{Name}",
        key=Key("Name"),
        states=States("PolicyStatus", start="Pending", final=("Finished",)),
    )
)


def follow(ctx: Context, version: Version, arn: str) -> None:
    """Let the policies of a new version be carried out, in place of those of the version before."""
    forget(ctx, version.key)
    policies = parse(version.facts.get("Policies", "[]"))
    if not policies:
        return
    changed, expires = ctx.business.now, expiry(policies)
    times = [moment(policy, changed, expires) for policy in policies]
    told = {"name": version.name, "type": version.facts["Type"], "arn": arn}
    private = {"policies": policies, "times": times, "done": [], "told": told}
    doc = {"spec": {}, "status": {}, "private": private}
    record = Record(POLICIES.kind, ctx.scope, version.key, status="Pending", doc=doc, until=min(times))
    ctx.tx.insert(record.evolve(created=ctx.now, modified=ctx.now))
    ctx.wake()


def forget(ctx: Context, key: str) -> None:
    """Drop what was to be done for a parameter."""
    record = ctx.tx.get(POLICIES.kind, ctx.scope, key)
    if record is not None:
        ctx.tx.delete(record)


def shown(ctx: Context, version: Version, is_newest: bool) -> list[dict[str, Any]]:
    """Return the policies of a version as Describe and History show them. Those of an older version are over."""
    if "Policies" not in version.facts:
        return []
    record = ctx.tx.get(POLICIES.kind, ctx.scope, version.key) if is_newest else None
    done = record.private["done"] if record else None
    return [
        _shown(policy, "Finished" if done is None or index in done else "Pending")
        for index, policy in enumerate(parse(version.facts["Policies"]))
    ]


def _shown(policy: Policy, status: str) -> dict[str, Any]:
    return {
        "PolicyText": orjson.dumps(policy).decode(),
        "PolicyType": policy["Type"],
        "PolicyStatus": status,
    }


@ssm.controller(POLICIES)
def carry_out(record: Record, world: World) -> Step:
    """Do what is due by now, notices first. An expiration ends the parameter and this record."""
    policies, times, done = (record.private[name] for name in ("policies", "times", "done"))
    due = [index for index, at in enumerate(times) if at <= world.business.now and index not in done]
    writes = [partial(_tell, record, policies[index]) for index in due]
    if any(policies[index]["Type"] == "Expiration" for index in due):
        return Step(delete=True, writes=(*writes, partial(_expire, record)))
    done = [*done, *due]
    left = [at for index, at in enumerate(times) if index not in done]
    status = None if left else "Finished"
    return Step(status, private={"done": done}, until=min(left, default=None), writes=tuple(writes))


def _tell(record: Record, policy: Policy, tx: Tx) -> None:
    """Write what a policy has done into the feed, with what EventBridge's event `Parameter Store Policy Action` says."""
    told = record.private["told"]
    view = {
        "name": told["name"],
        "type": told["type"],
        "policy": {"type": policy["Type"], "content": orjson.dumps(policy).decode(), "status": "Success"},
    }
    tx.changed("ssm:Parameter", record.scope, record.id, told["arn"], "policy", {"new": view})


def _expire(record: Record, tx: Tx) -> None:
    told = record.private["told"]
    rows.drop(tx, record.scope, record.id)
    tx.untag(told["arn"], list(tx.tags(told["arn"])))
    tx.changed("ssm:Parameter", record.scope, record.id, told["arn"], "deleted", {"new": None})
