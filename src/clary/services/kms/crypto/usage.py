"""What every cryptographic operation asks of a key before it uses it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.kernel import AwsError
from clary.kernel.errors import validation
from clary.plane import Context, Record
from clary.services.kms import errors
from clary.services.kms.crypto.ciphertexts import LONGEST_CONTEXT, encoded
from clary.services.kms.grants import tokens
from clary.services.kms.key_specs import SYMMETRIC
from clary.services.kms.keys import noun, states

Params = dict[str, Any]


def require(ctx: Context, key: Record, params: Params, usage: str, algorithm: str) -> None:
    """Raise unless the key may be used so: its state, its usage, its algorithms; then what DryRun says."""
    tokens.check(ctx, params)
    states.require_enabled(key)
    if noun.usage_of(key) != usage:
        raise errors.wrong_usage(
            f"{key.arn} key usage is {noun.usage_of(key)} which is not valid for {ctx.op.name}."
        )
    if algorithm not in noun.algorithms_of(key):
        raise errors.wrong_algorithm(algorithm, key.spec["KeySpec"])
    answer_dry_run(params)


def answer_dry_run(params: Params) -> None:
    """Raise DryRunOperationException where the caller wants to know only whether the call would succeed."""
    if params.get("DryRun"):
        raise errors.dry_run()


def context_size(context: Mapping[str, str]) -> int:
    """Return the bytes of an encryption context."""
    return len(encoded(context))


def context_of(params: Params, member: str, algorithm: str = SYMMETRIC) -> Mapping[str, str]:
    """Return the encryption context of a request. Raise ValidationException for one that is too long, or that is given to
    an asymmetric key, which could not check it."""
    context = params.get(member) or {}
    if context and algorithm != SYMMETRIC:
        raise AwsError("ValidationException", "EncryptionContext is not supported for asymmetric KMS keys.")
    if context_size(context) > LONGEST_CONTEXT:
        raise validation(f"The encryption context is longer than {LONGEST_CONTEXT} bytes.")
    return context
