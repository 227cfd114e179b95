"""GetKeyPolicy, PutKeyPolicy and ListKeyPolicies. A key has exactly one policy, whose name is `default`."""

from __future__ import annotations

from typing import Any

from clary.plane import Context, revise
from clary.services.kms import errors, pages, targets
from clary.services.kms.keys import policy_documents, waits
from clary.services.kms.service import kms

Params = dict[str, Any]
_ONLY = "default"


@kms.operation(on=targets.on_plain_key)
def get_key_policy(ctx: Context, params: Params) -> Params:
    """Return the text of the key policy as it was given."""
    key = targets.plain_key_of(ctx, params)
    _check_name(params)
    return {"Policy": key.private["policy"], "PolicyName": _ONLY}


@kms.operation(on=targets.on_plain_key)
def put_key_policy(ctx: Context, params: Params) -> Params:
    """Replace the key policy. Raise MalformedPolicyDocumentException for one that would lock out its author."""
    key = targets.plain_key_of(ctx, params)
    _check_name(params)
    policy = policy_documents.checked(ctx, params["Policy"])
    if not params.get("BypassPolicyLockoutSafetyCheck"):
        policy_documents.refuse_lockout(ctx, key.arn, policy)
    waits.write(ctx, revise(key, private={"policy": policy}))
    return {}


@kms.operation(on=targets.on_plain_key)
def list_key_policies(ctx: Context, params: Params) -> Params:
    """Return the names of the key's policies, of which there is one."""
    targets.plain_key_of(ctx, params)
    pages.read(ctx, params, 100, 1000)
    return {"PolicyNames": [_ONLY], "Truncated": False}


def _check_name(params: Params) -> None:
    if params.get("PolicyName", _ONLY) != _ONLY:
        raise errors.not_found("No such policy exists")
