"""PutLifecyclePolicy, GetLifecyclePolicy and DeleteLifecyclePolicy (Amazon ECR API Reference)."""

from __future__ import annotations

from clary.kernel import AwsError
from clary.plane import Context, Members, Record, revise
from clary.services.ecr import names
from clary.services.ecr.lifecycle import documents, schedule
from clary.services.ecr.names import Params, on_repository
from clary.services.ecr.service import ecr

_KEPT = "lifecycle"  # in the private part of the repository's document


@ecr.operation(on=on_repository, accepts=Members("registryId repositoryName lifecyclePolicyText"))
def put_lifecycle_policy(ctx: Context, params: Params) -> Params:
    """Put a policy on a repository in place of the one before, and begin to carry it out."""
    record = names.load(ctx, params)
    text = params["lifecyclePolicyText"]
    documents.parse(text)
    ctx.tx.update(revise(record, private={_KEPT: text}, modified=ctx.now))
    schedule.begin(ctx.tx, record, ctx.now)
    ctx.wake()
    return {**names.about(record), "lifecyclePolicyText": text}


@ecr.operation(on=on_repository)
def get_lifecycle_policy(ctx: Context, params: Params) -> Params:
    """Return the policy of a repository as it was put. Raise LifecyclePolicyNotFoundException."""
    return _shown(ctx, names.load(ctx, params))


@ecr.operation(on=on_repository, accepts=Members("registryId repositoryName"))
def delete_lifecycle_policy(ctx: Context, params: Params) -> Params:
    """Delete the policy of a repository. Raise LifecyclePolicyNotFoundException."""
    record = names.load(ctx, params)
    before = _shown(ctx, record)
    ctx.tx.update(revise(record, private={_KEPT: None}, modified=ctx.now))
    schedule.end(ctx.tx, record)
    return before


def text_of(record: Record) -> str:
    """Return the policy of a repository. Raise LifecyclePolicyNotFoundException."""
    if _KEPT not in record.private:
        message = (
            f"Lifecycle policy does not exist for the repository with name '{record.id}' in the registry with id "
            f"'{names.registry_of(record)}'"
        )
        raise AwsError("LifecyclePolicyNotFoundException", message)
    return record.private[_KEPT]


def _shown(ctx: Context, record: Record) -> Params:
    shown = {**names.about(record), "lifecyclePolicyText": text_of(record)}
    scan = ctx.tx.get(schedule.SCAN.kind, record.scope, record.id)
    evaluated = scan.private.get("evaluated") if scan else None
    return shown | ({"lastEvaluatedAt": evaluated} if evaluated is not None else {})
