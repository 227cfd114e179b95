"""Validation of key policies: the grammar, KMS's own rules, and the check that nobody locks everybody out.

Sources: "Creating a key policy" (KMS Developer Guide); API reference, PutKeyPolicy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from clary.access.directory import Directory
from clary.access.document import statements_of
from clary.access.evaluator import PolicySet, compile_stored, evaluate
from clary.access.policy_parser import PolicyError, parse_policy, principals_of, require
from clary.access.request_keys import RequestFacts, RequestKeys
from clary.kernel import AwsError
from clary.plane import Context
from clary.plane.authorization.authorizer import principal_of
from clary.services.kms.errors import limit_exceeded
from clary.services.kms.service import kms

_LIMIT = 32 << 10  # bytes: "Key policy document size: 32 KB" (KMS quotas)
_SERVICE = re.compile(r".+\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.internal)")
_PUT = "kms:PutKeyPolicy"


def checked(ctx: Context, text: str) -> str:
    """Return the policy. Raise MalformedPolicyDocumentException, or LimitExceededException for one that is too long."""
    if len(text.encode()) > _LIMIT:
        raise limit_exceeded(f"The key policy is longer than {_LIMIT} bytes")
    try:
        for statement in statements_of(parse_policy(text)):
            require(statement, "Principal", "Action", "Resource")
            _check_principals(ctx, statement)
    except PolicyError as error:
        raise _malformed(error) from None
    return text


def refuse_lockout(ctx: Context, arn: str, policy: str) -> None:
    """Raise MalformedPolicyDocumentException unless the policy lets the caller, or the caller's account, replace it."""
    caller = ctx.caller
    facts = RequestFacts(caller, ctx.region, ctx.now, "PutKeyPolicy", ctx.request, ctx.tx.tags)
    own = partial(kms.access.keys, ctx) if kms.access.keys else None
    keys = RequestKeys(facts, _PUT, {"KeyId": arn}, arn, caller.account, {}, kms.access.members, own)
    decision = evaluate(
        _PUT,
        arn,
        keys,
        PolicySet(),
        principal_of(caller),
        compile_stored(policy),
        owner=caller.account,
        root=True,  # the account's own policies are not looked at: they can be changed
        gated=True,
    )
    if not decision.allowed:
        message = "The new key policy will not allow you to update the key policy in the future."
        raise AwsError("MalformedPolicyDocumentException", message)


def _check_principals(ctx: Context, statement: Mapping[str, Any]) -> None:
    directory: Directory = ctx.platform.extras["directory"]
    for kind, name in principals_of(statement):
        foreign = name.startswith("arn:") and not name.startswith(f"arn:{ctx.partition}:")
        if kind == "AWS" and (foreign or not directory.may_exist(ctx.tx, name)):
            raise PolicyError("principal", name)
        if kind == "Service" and not _SERVICE.fullmatch(name):
            raise PolicyError("principal", name)


def _malformed(error: PolicyError) -> AwsError:
    code = "MalformedPolicyDocumentException"
    if error.kind == "principal":
        return AwsError(code, "Policy contains a statement with one or more invalid principals.")
    if error.kind == "missing":
        return AwsError(code, f"Missing required field {error.detail}")
    if error.kind == "json":
        return AwsError(code, "This policy contains invalid Json")
    return AwsError(code, "The policy is malformed")
