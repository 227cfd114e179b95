"""The resource policy of a model package group: with it, other accounts use what is in the group (sharing.py).

Source of the sentences: what the Terraform provider looks for in AWS's answers
(hashicorp/terraform-provider-aws, internal/service/sagemaker).
"""

from __future__ import annotations

from typing import Any

from clary.access.document import statements_of
from clary.access.policy_parser import PolicyError, parse_policy, require
from clary.kernel.errors import validation
from clary.plane import Context, Members, Record, revise
from clary.services.sagemaker.registry.groups import group
from clary.services.sagemaker.registry.sharing import policy_of
from clary.services.sagemaker.service import sagemaker

Params = dict[str, Any]
_GROUP = "model-package-group/{ModelPackageGroupName}"


@sagemaker.operation(on=_GROUP, accepts=Members("ModelPackageGroupName ResourcePolicy"))
def put_model_package_group_policy(ctx: Context, params: Params) -> Params:
    """Set or replace the policy of a group."""
    found = _group(ctx, params)
    _check(params["ResourcePolicy"])
    ctx.tx.update(revise(found, private={"policy": params["ResourcePolicy"]}))
    return {"ModelPackageGroupArn": found.arn}


@sagemaker.operation(on=_GROUP)
def get_model_package_group_policy(ctx: Context, params: Params) -> Params:
    return {"ResourcePolicy": _policy(_group(ctx, params))}


@sagemaker.operation(on=_GROUP, accepts=Members("ModelPackageGroupName"))
def delete_model_package_group_policy(ctx: Context, params: Params) -> Params:
    found = _group(ctx, params)
    _policy(found)
    ctx.tx.update(revise(found, private={"policy": None}))
    return {}


def _group(ctx: Context, params: Params) -> Record:
    name = params["ModelPackageGroupName"]
    found = ctx.tx.get(group.kind, ctx.scope, name)
    if found is None:
        raise validation(f"Cannot find Model Package Group: {group.arn_of(ctx, name)}")
    return found


def _policy(found: Record) -> str:
    policy = policy_of(found)
    if policy is None:
        raise validation(f"Cannot find resource policy for: {found.arn}")
    return policy


def _check(text: str) -> None:
    """Raise ValidationException unless the text is a resource policy."""
    try:
        for statement in statements_of(parse_policy(text)):
            require(statement, "Principal", "Action", "Resource")
    except PolicyError as error:
        raise validation(f"Invalid resource policy: {error}") from None
