"""Resource policies of secrets: put, shown, deleted, validated. Access control enforces them (access.py).

Source: "Resource-based policies" (https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.access.document import listed, statements_of
from clary.access.policy_parser import PolicyError, parse_policy, require
from clary.access.public_policies import is_public
from clary.kernel import AwsError
from clary.plane import Context, Members
from clary.services.secretsmanager import secret
from clary.services.secretsmanager.names import Params, load, optional_target, target
from clary.services.secretsmanager.service import secretsmanager

_PUBLIC = "The resource policy grants broad access to the secret."


@secretsmanager.operation(on=target, accepts=Members("SecretId ResourcePolicy BlockPublicPolicy"))
def put_resource_policy(ctx: Context, params: Params) -> Params:
    """Put a policy on a secret in place of the one before. Raise MalformedPolicyDocumentException, and PublicPolicyException
    for one that lets everybody in, where the request says so."""
    record = secret.usable(ctx, params["SecretId"])
    text = params["ResourcePolicy"]
    _check(text)
    if params.get("BlockPublicPolicy") and is_public(text):
        raise AwsError("PublicPolicyException", _PUBLIC)
    ctx.tx.update(secret.changed(ctx, record, private={"policy": text}))
    return secret.named(record)


@secretsmanager.operation(on=target)
def get_resource_policy(ctx: Context, params: Params) -> Params:
    """Return the policy of a secret, as it was put, if it has one."""
    record = secret.usable(ctx, params["SecretId"])
    policy = record.private.get("policy")
    return secret.named(record) | ({"ResourcePolicy": policy} if policy else {})


@secretsmanager.operation(on=target, accepts=Members("SecretId"))
def delete_resource_policy(ctx: Context, params: Params) -> Params:
    """Delete the policy of a secret; without one nothing changes."""
    record = secret.usable(ctx, params["SecretId"])
    if "policy" in record.private:
        ctx.tx.update(secret.changed(ctx, record, private={"policy": None}))
    return secret.named(record)


@secretsmanager.operation(on=optional_target, accepts=Members("SecretId ResourcePolicy"), lane="read")
def validate_resource_policy(ctx: Context, params: Params) -> Params:
    """Return what is wrong with a policy that can be read. Raise MalformedPolicyDocumentException for any other one."""
    if "SecretId" in params:
        load(ctx, params["SecretId"])
    _check(params["ResourcePolicy"])
    public = is_public(params["ResourcePolicy"])
    errors = [{"CheckName": "PUBLIC_POLICY", "ErrorMessage": _PUBLIC}] if public else []
    return {"PolicyValidationPassed": not errors, "ValidationErrors": errors}


def _check(text: str) -> None:
    """Raise MalformedPolicyDocumentException unless the text is a policy that a secret may carry."""
    try:
        for statement in statements_of(parse_policy(text)):
            require(statement, "Principal", "Action", "Resource")
            _check_statement(statement)
    except PolicyError as error:
        said = (
            "This resource policy contains invalid Json" if error.kind == "json" else "Policy is malformed."
        )
        raise _malformed(said) from None


def _check_statement(statement: Mapping[str, Any]) -> None:
    """Raise MalformedPolicyDocumentException for actions of other services and for what is no resource."""
    for action in listed(statement.get("Action", statement.get("NotAction", []))):
        if action != "*" and not action.lower().startswith("secretsmanager:"):
            raise _malformed(f"This resource policy contains an unsupported action: {action}")
    for resource in listed(statement.get("Resource", statement.get("NotResource", []))):
        if resource != "*" and not resource.startswith("arn:"):
            raise _malformed(f"This resource policy contains an invalid resource: {resource}")


def _malformed(message: str) -> AwsError:
    return AwsError("MalformedPolicyDocumentException", message)
