"""The condition keys of KMS that are not simply members of a request.

Source: "AWS KMS condition keys" (KMS Developer Guide) and KMS's page of the Service Authorization Reference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from clary.access.request_keys import Values
from clary.plane import AwsError, Context, Record
from clary.services.kms import alias_rows, targets
from clary.services.kms.crypto import ciphertexts
from clary.services.kms.key_specs import ENCRYPT
from clary.services.kms.keys import noun

Params = Mapping[str, Any]
_CONTEXT = "kms:encryptioncontext:"
_CONTEXT_KEYS = "kms:encryptioncontextkeys"
# Condition keys and members of requests: a path through a list reads every element.
MEMBERS: dict[str, tuple[str, ...]] = {
    "kms:bypasspolicylockoutsafetycheck": ("BypassPolicyLockoutSafetyCheck",),
    "kms:datakeypairspec": ("KeyPairSpec",),
    "kms:encryptionalgorithm": ("EncryptionAlgorithm",),
    "kms:expirationmodel": ("ExpirationModel",),
    "kms:grantoperations": ("Operations",),
    "kms:granteeprincipal": ("GranteePrincipal", "GranteeServicePrincipal"),
    "kms:keyagreementalgorithm": ("KeyAgreementAlgorithm",),
    "kms:macalgorithm": ("MacAlgorithm",),
    "kms:messagetype": ("MessageType",),
    "kms:primaryregion": ("PrimaryRegion",),
    "kms:replicaregion": ("ReplicaRegion",),
    "kms:retiringprincipal": ("RetiringPrincipal", "RetiringServicePrincipal"),
    "kms:rotationperiodindays": ("RotationPeriodInDays",),
    "kms:schedulekeydeletionpendingwindowindays": ("PendingWindowInDays",),
    "kms:signingalgorithm": ("SigningAlgorithm",),
    "kms:validto": ("ValidTo",),
    "kms:wrappingalgorithm": ("WrappingAlgorithm",),
    "kms:wrappingkeyspec": ("WrappingKeySpec",),
    "kms:customkeystoreid": ("CustomKeyStoreId",),
}


def find(ctx: Context, action: str, params: Params, key: str) -> Values:
    """Return the values of a condition key; None where the request has none."""
    if key.startswith(_CONTEXT):
        return _pair(_context(action, params), key.removeprefix(_CONTEXT))
    if key == _CONTEXT_KEYS:
        return tuple(_context(action, params)) or None
    if key in _OF_CALL:
        return _OF_CALL[key](ctx, params)
    return _of_key(ctx, action, params, key) if key in _OF_KEY else None


def _context(action: str, params: Params) -> Mapping[str, str]:
    """Return the encryption context that an action is about."""
    member = {"kms:ReEncryptFrom": "Source", "kms:ReEncryptTo": "Destination"}.get(action, "")
    return params.get(f"{member}EncryptionContext") or {}


def _pair(context: Mapping[str, str], name: str) -> Values:
    """Return the values of the pairs with this name. As in all condition keys, the case of letters makes no difference."""
    return tuple(value for key, value in context.items() if key.lower() == name) or None


# of the call --------------------------------------------------------------------------------------------------------


def _via(ctx: Context, params: Params) -> Values:
    if not ctx.caller.via:
        return None
    service, _, domain = ctx.caller.via[-1].partition(".")
    return (f"{service}.{ctx.region}.{domain}",)


def _for_resource(ctx: Context, params: Params) -> Values:
    return ("true" if ctx.caller.via or ctx.caller.service else "false",)


def _constraint_types(ctx: Context, params: Params) -> Values:
    return tuple(name for name in params.get("Constraints") or {} if name != "SourceArn") or None


def _request_alias(ctx: Context, params: Params) -> Values:
    text = str(params.get("KeyId") or params.get("DestinationKeyId") or "")
    alias = text.rpartition(":")[2] if text.startswith("arn:") else text
    return (alias,) if alias.startswith("alias/") else None


def _same_key(ctx: Context, params: Params) -> Values:
    if "DestinationKeyId" not in params:
        return None
    source, destination = (_key(ctx, action, params) for action in ("kms:ReEncryptFrom", "kms:ReEncryptTo"))
    return ("true" if source and destination and source.arn == destination.arn else "false",)


_OF_CALL: dict[str, Callable[[Context, Params], Values]] = {
    "kms:viaservice": _via,
    "kms:calleraccount": lambda ctx, params: (ctx.caller.account,) if ctx.caller.account else None,
    "kms:grantisforawsresource": _for_resource,
    "kms:grantconstrainttype": _constraint_types,
    "kms:requestalias": _request_alias,
    "kms:reencryptonsamekey": _same_key,
}

# of the key ---------------------------------------------------------------------------------------------------------


def _multi_region_type(ctx: Context, key: Record) -> Values:
    if not noun.is_multi_region(key):
        return None
    return ("PRIMARY" if key.private["primary"] == noun.region_of(key) else "REPLICA",)


_OF_KEY: dict[str, Callable[[Context, Record], Values]] = {
    "kms:keyspec": lambda ctx, key: (key.spec["KeySpec"],),
    "kms:customermasterkeyspec": lambda ctx, key: (key.spec["KeySpec"],),
    "kms:keyusage": lambda ctx, key: (key.spec["KeyUsage"],),
    "kms:customermasterkeyusage": lambda ctx, key: (key.spec["KeyUsage"],),
    "kms:keyorigin": lambda ctx, key: (key.spec["Origin"],),
    "kms:multiregion": lambda ctx, key: ("true" if noun.is_multi_region(key) else "false",),
    "kms:multiregionkeytype": _multi_region_type,
    "kms:resourcealiases": lambda ctx, key: tuple(alias_rows.names_of(ctx.tx, key.scope, key.id)) or None,
}
# In CreateKey they are what is asked for.
_ASKED = {
    "kms:keyspec": ("KeySpec", "SYMMETRIC_DEFAULT"),
    "kms:customermasterkeyspec": ("KeySpec", "SYMMETRIC_DEFAULT"),
    "kms:keyusage": ("KeyUsage", ENCRYPT),
    "kms:customermasterkeyusage": ("KeyUsage", ENCRYPT),
    "kms:keyorigin": ("Origin", "AWS_KMS"),
    "kms:multiregion": ("MultiRegion", False),
}


def _of_key(ctx: Context, action: str, params: Params, key: str) -> Values:
    if ctx.op.name == "CreateKey":
        return _asked(params, key)
    found = _key(ctx, action, params)
    return _OF_KEY[key](ctx, found) if found else None


def _asked(params: Params, key: str) -> Values:
    if key not in _ASKED:
        return None
    member, usual = _ASKED[key]
    value = params.get(member, params.get("CustomerMasterKeySpec", usual) if member == "KeySpec" else usual)
    return (str(value).lower() if isinstance(value, bool) else str(value),)


def _key(ctx: Context, action: str, params: Params) -> Record | None:
    """Return the key that an action is about, if it exists."""
    member = {"kms:ReEncryptFrom": "SourceKeyId", "kms:ReEncryptTo": "DestinationKeyId"}.get(action, "KeyId")
    if member == "KeyId" and "TargetKeyId" in params:
        member = "TargetKeyId"
    try:
        if member in params:
            return targets.key_of(ctx, params[member])
        header = ciphertexts.read_header(params.get("CiphertextBlob", b""))
        return noun.find(ctx.tx, header.named(ctx))
    except AwsError:
        return None
