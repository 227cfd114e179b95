"""CreateGrant (https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateGrant.html)."""

from __future__ import annotations

import json
from typing import Any

from clary.access.directory import Directory
from clary.kernel import AwsError
from clary.kernel.errors import validation
from clary.plane import Context, Record
from clary.services.kms import errors, targets
from clary.services.kms.crypto.usage import answer_dry_run, context_size
from clary.services.kms.grants import rows, tokens
from clary.services.kms.grants.rows import Grant
from clary.services.kms.key_ids import Named
from clary.services.kms.key_specs import AGREE, ENCAPSULATE, ENCRYPT, MAC, SIGN
from clary.services.kms.keys import noun, states
from clary.services.kms.service import kms

Params = dict[str, Any]
_MOST, _EACH = 50_000, 500  # grants of a key; of a key for one principal (KMS quotas)
_LONGEST_PAIRS = 384  # characters (API reference, GrantConstraints)
_ANY = ("CreateGrant", "RetireGrant", "DescribeKey")
_DATA_KEYS = (
    "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"
)  # fmt: skip
_OF_USAGE = {
    ENCRYPT: ("Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo"),
    SIGN: ("Sign", "Verify"),
    MAC: ("GenerateMac", "VerifyMac"),
    AGREE: ("DeriveSharedSecret",),
    ENCAPSULATE: ("Encapsulate", "Decapsulate"),
}


@kms.operation(on=targets.on_plain_key)
def create_grant(ctx: Context, params: Params) -> Params:
    """Let a principal use a key. A grant that has a name is made once, however often it is asked for."""
    tokens.check(ctx, params)
    key = targets.plain_key_of(ctx, params)
    states.require_enabled(key)
    named = Named(noun.account_of(key), noun.region_of(key), key.id)
    grant = _asked(ctx, key, params)
    known = _known(ctx, named, grant)
    if known is None:
        _check_number(ctx, named, grant)
    answer_dry_run(params)
    if known is None:
        rows.insert(ctx.tx, named.scope, grant)
    id = (known or grant).id
    return {"GrantId": id, "GrantToken": tokens.token_of(ctx, named, id)}


def _asked(ctx: Context, key: Record, params: Params) -> Grant:
    grantee = _one_of(params, "GranteePrincipal", "GranteeServicePrincipal")
    if not grantee:
        raise validation("GranteePrincipal or GranteeServicePrincipal must be specified.")
    retiring = _one_of(params, "RetiringPrincipal", "RetiringServicePrincipal")
    for principal in (grantee, retiring):
        _check_principal(ctx, principal)
    return Grant(
        key.id,
        ctx.platform.ids.hex(64),
        ctx.now,
        params.get("Name", ""),
        grantee,
        retiring,
        f"arn:{ctx.partition}:iam::{ctx.caller.account}:root",
        json.dumps(_operations(key, params)),
        _constraints(key, params, grantee),
    )


def _one_of(params: Params, principal: str, service: str) -> str:
    if principal in params and service in params:
        raise validation(f"{principal} and {service} cannot both be specified.")
    return params.get(principal) or params.get(service) or ""


def _check_principal(ctx: Context, name: str) -> None:
    """Raise InvalidArnException for an ARN that names nobody; the error does not tell whether others exist."""
    directory: Directory = ctx.platform.extras["directory"]
    if name.startswith("arn:"):
        if name.startswith(f"arn:{ctx.partition}:") and directory.may_exist(ctx.tx, name):
            return
    elif not name or "." in name:
        return
    raise AwsError("InvalidArnException", f"ARN does not refer to a valid principal: {name}")


def _operations(key: Record, params: Params) -> list[str]:
    """Return the operations, sorted. Raise ValidationException for what a key of this kind cannot do."""
    spec, usage = noun.spec_of(key), noun.usage_of(key)
    possible = {*_ANY, *_OF_USAGE[usage]}
    possible |= {"GetPublicKey"} if spec.asymmetric else set(_DATA_KEYS) if usage == ENCRYPT else set()
    asked = sorted(set(params["Operations"]))
    if strange := [operation for operation in asked if operation not in possible]:
        raise validation(f"Grant operations {strange} are not supported for {key.arn}.")
    return asked


def _constraints(key: Record, params: Params, grantee: str) -> str:
    """Return the constraints as JSON. Raise ValidationException for those that could not be checked."""
    given = {name: value for name, value in (params.get("Constraints") or {}).items() if value}
    contexts = [
        given[name] for name in ("EncryptionContextEquals", "EncryptionContextSubset") if name in given
    ]
    if contexts and noun.spec_of(key).family != "symmetric":
        raise validation("Encryption context constraints are supported for symmetric encryption keys only.")
    if any(context_size(context) > _LONGEST_PAIRS for context in contexts):
        raise validation(f"A grant constraint can have at most {_LONGEST_PAIRS} characters.")
    if "SourceArn" in given and grantee.startswith("arn:"):
        raise validation("SourceArn can be specified only with GranteeServicePrincipal.")
    return json.dumps(given, sort_keys=True) if given else ""


def _known(ctx: Context, named: Named, grant: Grant) -> Grant | None:
    """Return the grant that was made by the same request, if it had a name."""
    if not grant.name:
        return None
    same = rows.of_key(
        ctx.tx, named, "", 1, name=grant.name, grantee=grant.grantee, retiring=grant.retiring, issuer=grant.issuer,
        operations=grant.operations, constraints=grant.constraints,
    )  # fmt: skip
    return same[0] if same else None


def _check_number(ctx: Context, named: Named, grant: Grant) -> None:
    if rows.count(ctx.tx, named, grant.grantee) >= _EACH:
        raise errors.limit_exceeded(f"The key has {_EACH} grants for this principal already")
    if rows.count(ctx.tx, named) >= _MOST:
        raise errors.limit_exceeded(f"The key has {_MOST} grants already")
