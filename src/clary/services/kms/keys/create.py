"""CreateKey (https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html)."""

from __future__ import annotations

from typing import Any

from clary.kernel.errors import not_implemented, validation
from clary.plane import Also, Context
from clary.services.kms import errors, targets
from clary.services.kms.key_specs import SPECS, SYMMETRIC, Spec
from clary.services.kms.keys import policy_documents, tags
from clary.services.kms.keys.default_policies import default_policy
from clary.services.kms.keys.making import make
from clary.services.kms.keys.metadata import metadata
from clary.services.kms.materials.secrets import new_secret
from clary.services.kms.service import kms

Params = dict[str, Any]


@kms.operation(lane="compute", also=(Also("kms:TagResource", "Tags", on=targets.new_key),))
def create_key(ctx: Context, params: Params) -> Params:
    """Make a key and return its metadata. Its material is made outside of the transaction: RSA takes its time."""
    spec = _asked(params)
    _check_origin(params, SPECS[spec["KeySpec"]])
    given = tags.checked(params.get("Tags", []), {})
    secret = new_secret(SPECS[spec["KeySpec"]]) if spec["Origin"] == "AWS_KMS" else None
    with ctx.transaction(write=True) as inner:
        policy = _policy(inner, params)
        key = make(inner, spec, policy, secret)
        if not params.get("BypassPolicyLockoutSafetyCheck"):
            policy_documents.refuse_lockout(inner, key.arn, policy)
        inner.tx.tag(key.arn, given)
    return {"KeyMetadata": metadata(key)}


def _policy(ctx: Context, params: Params) -> str:
    if "Policy" not in params:
        return default_policy(ctx.partition, ctx.caller.account)
    return policy_documents.checked(ctx, params["Policy"])


def _asked(params: Params) -> Params:
    """Return the specification of the key. Raise ValidationException for what does not go together."""
    name = _spec_name(params)
    if name not in SPECS:
        raise not_implemented("kms", f"CreateKey with KeySpec {name}")
    spec = SPECS[name]
    return {
        "Description": params.get("Description", ""),
        "KeyUsage": _usage(spec, params.get("KeyUsage")),
        "KeySpec": spec.name,
        "Origin": params.get("Origin", "AWS_KMS"),
        **({"MultiRegion": True} if params.get("MultiRegion") else {}),
    }


def _spec_name(params: Params) -> str:
    new, old = params.get("KeySpec"), params.get("CustomerMasterKeySpec")
    if new and old:
        raise validation(
            "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is "
            "deprecated."
        )
    return new or old or SYMMETRIC


def _usage(spec: Spec, asked: str | None) -> str:
    """Return the usage of the key, which can be left out where a specification has one alone (API reference)."""
    if (
        asked is None
        and (spec.asymmetric or spec.family == "hmac")
        and spec.family not in ("ml-dsa", "ml-kem")
    ):
        raise validation(
            "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."
        )
    usage = asked or next(iter(spec.usages))
    if usage not in spec.usages:
        raise validation(f"KeyUsage {usage} is not compatible with KeySpec {spec.name}")
    return usage


def _check_origin(params: Params, spec: Spec) -> None:
    """Refuse what custom key stores have, and origins that a specification cannot have."""
    origin = params.get("Origin", "AWS_KMS")
    if origin not in ("AWS_KMS", "EXTERNAL"):
        raise not_implemented("kms", f"CreateKey with Origin {origin}")
    if origin == "EXTERNAL" and spec.family in ("ml-dsa", "ml-kem"):
        raise errors.unsupported(f"KeySpec {spec.name} is not supported for Origin EXTERNAL")
