"""Whether a grant lets a caller do what no policy allows. Says it as a policy, which the evaluator then judges.

Source: "Grants in AWS KMS" and "Grant constraints" (KMS Developer Guide). A Deny in any policy outweighs a grant.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from clary.kernel import Caller
from clary.plane import Context
from clary.services.kms.grants import rows
from clary.services.kms.grants.reference import grant_named
from clary.services.kms.grants.rows import Grant
from clary.services.kms.key_ids import Named, in_arn

Params = Mapping[str, Any]
# Actions whose requests have an encryption context, and the member that has it.
_CONTEXTS = {
    "Encrypt": "EncryptionContext",
    "Decrypt": "EncryptionContext",
    "GenerateDataKey": "EncryptionContext",
    "GenerateDataKeyWithoutPlaintext": "EncryptionContext",
    "GenerateDataKeyPair": "EncryptionContext",
    "GenerateDataKeyPairWithoutPlaintext": "EncryptionContext",
    "ReEncryptFrom": "SourceEncryptionContext",
    "ReEncryptTo": "DestinationEncryptionContext",
}


def allowing(ctx: Context, action: str, arn: str, params: Params) -> str | None:
    """Return a policy that allows the action on a key, if a grant does."""
    named, operation = in_arn(arn), action.removeprefix("kms:")
    if named is None or named.alias or ctx.caller.is_anonymous:
        return None
    if operation == "RetireGrant":
        return _retiring(ctx, named, params)
    for grant in rows.of_grantees(ctx.tx, named, names_of(ctx.caller)):
        if operation in grant.allows and _holds(ctx.caller, grant, operation, params):
            return _policy(grant.grantee, action)
    return None


def names_of(caller: Caller) -> list[str]:
    """Return the names by which a grant can mean a caller: itself, its role, its account."""
    if caller.service:
        return [caller.service]
    partition = caller.arn.split(":", 2)[1]
    root = f"arn:{partition}:iam::{caller.account}:root"
    return list(dict.fromkeys([caller.arn, caller.principal_arn, root]))


def _holds(caller: Caller, grant: Grant, operation: str, params: Params) -> bool:
    within = grant.within
    if operation == "CreateGrant" and not _is_narrower(grant, params):
        return False
    if "SourceArn" in within and caller.source_arn != within["SourceArn"]:
        return False
    if operation not in _CONTEXTS:
        return True
    context = params.get(_CONTEXTS[operation]) or {}
    if "EncryptionContextEquals" in within:
        return context == within["EncryptionContextEquals"]
    return within.get("EncryptionContextSubset", {}).items() <= context.items()


def _is_narrower(parent: Grant, params: Params) -> bool:
    """Whether the grant that is asked for allows no more than the one by which it is asked for."""
    child = params.get("Constraints") or {}
    within = parent.within
    if not set(params.get("Operations", ())) <= parent.allows:
        return False
    if "SourceArn" in within and child.get("SourceArn") != within["SourceArn"]:
        return False
    if "EncryptionContextEquals" in within:
        return child.get("EncryptionContextEquals") == within["EncryptionContextEquals"]
    wanted = within.get("EncryptionContextSubset", {}).items()
    given = child.get("EncryptionContextEquals") or child.get("EncryptionContextSubset") or {}
    return wanted <= given.items()


def _retiring(ctx: Context, named: Named, params: Params) -> str | None:
    """Return a policy for the retiring principal of a grant, and for its grantee if the grant says so."""
    grant = grant_named(ctx, params)
    if grant is None or grant.key_id != named.id:
        return None
    names = names_of(ctx.caller)
    if grant.retiring in names:
        return _policy(grant.retiring, "kms:RetireGrant")
    retires = grant.grantee in names and "RetireGrant" in grant.allows
    return _policy(grant.grantee, "kms:RetireGrant") if retires else None


def _policy(principal: str, action: str) -> str:
    kind = "AWS" if principal.startswith("arn:") else "Service"
    statement = {"Effect": "Allow", "Principal": {kind: principal}, "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
