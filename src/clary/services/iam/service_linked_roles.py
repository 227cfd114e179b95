"""Service-linked roles, for the services that this platform has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from clary.kernel.errors import not_implemented
from clary.plane import Context
from clary.plane.paging import read_token, sign_token
from clary.services.iam import entities, errors, roles
from clary.services.iam.attachments import attach
from clary.services.iam.service import invalidate_policies, named, operation

Params = dict[str, Any]


class _Linked(NamedTuple):
    role: str
    policy: str


# Services whose roles may have a suffix (the User Guide of each).
_SUFFIXED = ("autoscaling.amazonaws.com", "connect.amazonaws.com", "lexv2.amazonaws.com")
# Source: the service-linked role pages of each service.
_SERVICES = {
    "mrk.kms.amazonaws.com": _Linked(
        "AWSServiceRoleForKeyManagementServiceMultiRegionKeys",
        "AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy",
    ),
    "replication.ecr.amazonaws.com": _Linked(
        "AWSServiceRoleForECRReplication", "ECRReplicationServiceRolePolicy"
    ),
    "sagemaker.amazonaws.com": _Linked(
        "AWSServiceRoleForAmazonSageMakerNotebooks", "AmazonSageMakerNotebooksServiceRolePolicy"
    ),
    "sagemaker.application-autoscaling.amazonaws.com": _Linked(
        "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint",
        "AWSApplicationAutoscalingSageMakerEndpointPolicy",
    ),
}


def _target(ctx: Context, params: Mapping[str, Any]) -> list[str]:
    service = params.get("AWSServiceName", "*")
    linked = _SERVICES.get(service)
    return [entities.arn_of(ctx, "role", f"/aws-service-role/{service}/", linked.role if linked else "*")]


@operation(on=_target)
def create_service_linked_role(ctx: Context, params: Params) -> Params:
    service = params["AWSServiceName"]
    if params.get("CustomSuffix") and service not in _SUFFIXED:
        raise errors.invalid_input(f"Custom suffix is not allowed for {service}")
    linked = _SERVICES.get(service)
    if linked is None:
        raise not_implemented("iam", f"CreateServiceLinkedRole for {service}")
    if entities.get(ctx.tx, ctx.account, "role", linked.role):
        raise errors.invalid_input(
            f"Service role name {linked.role} has been taken in this account, please try a different suffix."
        )
    doc = {"trust": _trust(service), "description": params.get("Description"), "longest": 3600}
    role = entities.create(ctx, "role", linked.role, f"/aws-service-role/{service}/", doc=doc)
    attach(ctx, role, f"arn:{ctx.partition}:iam::aws:policy/aws-service-role/{linked.policy}")
    # The answer has neither of them (aws-cli's example of create-service-linked-role).
    hidden = ("MaxSessionDuration", "Description")
    return {"Role": {name: value for name, value in roles.shown(ctx, role).items() if name not in hidden}}


@operation(on=named("role"))
def delete_service_linked_role(ctx: Context, params: Params) -> Params:
    role = entities.find(ctx, "role", params["RoleName"])
    if not role.path.startswith("/aws-service-role/"):
        raise errors.invalid_input(f"Role {role.name} is not a service-linked role.")
    ctx.tx.sql("DELETE FROM iam_attachment WHERE owner = ?", role.id)
    entities.delete(ctx.tx, role)
    invalidate_policies(ctx)
    # Nothing on this platform uses the role in the background, so it can be deleted at once.
    return {"DeletionTaskId": f"task{role.path}{role.name}/{sign_token(_deletion_context(ctx), role.name)}"}


@operation()
def get_service_linked_role_deletion_status(ctx: Context, params: Params) -> Params:
    try:
        read_token(_deletion_context(ctx), params["DeletionTaskId"].rsplit("/", 1)[-1])
    except errors.AwsError:
        raise errors.no_such_entity("Deletion task id is not valid.") from None
    return {"Status": "SUCCEEDED"}


def _deletion_context(ctx: Context) -> Any:
    """Return a context that signs as DeleteServiceLinkedRole.

    Tokens are bound to an operation, but one operation issues these and another reads them.
    """
    return _DeletionContext(ctx)


class _DeletionContext:
    def __init__(self, ctx: Context) -> None:
        self.platform = ctx.platform
        self.scope = ctx.account
        self.op = ctx.op.service.operations["DeleteServiceLinkedRole"]


def _trust(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
