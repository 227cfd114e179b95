"""Repositories under a key of KMS: a data key for each, which ECR may open by a grant on the key.

The grant is made when the repository is created, as the caller through ECR, and retired with it. The data key is opened at each
use, so that disabling the key or revoking the grant ends access at once. Source: "Encryption at rest" (Amazon ECR User Guide).
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from clary.kernel import Arn, AwsError, Caller
from clary.kernel.errors import not_implemented
from clary.plane import Context, Record
from clary.services.ecr.names import Params
from clary.services.ecr.service import ecr

MEMBER = "encryptionConfiguration"
AES, _KMS = "AES256", "KMS"
_KEPT = "kms"  # in the private part of the repository's document
_MANAGED = "alias/aws/ecr"
_OPERATIONS = ["Decrypt", "DescribeKey", "GenerateDataKey"]


def chosen(ctx: Context, arn: str, params: Params) -> tuple[Params, Params]:
    """Return what a new repository says of its encryption, and what is kept of its key. Raise KmsException."""
    asked = params.get(MEMBER) or {}
    kind = asked.get("encryptionType", AES)
    if kind == AES:
        return {MEMBER: {"encryptionType": AES}}, {}
    if kind != _KMS:
        raise not_implemented("ecr", f"CreateRepository with encryptionType {kind}")
    with _refusals():
        key, kept = _with_key(ctx, arn, asked.get("kmsKey") or _MANAGED)
    return {MEMBER: {"encryptionType": _KMS, "kmsKey": key}}, {_KEPT: kept}


def _with_key(ctx: Context, arn: str, asked: str) -> tuple[str, Params]:
    """Return the ARN of a key, and a data key with the grant by which ECR may open it."""
    key = ctx.call("kms", "DescribeKey", {"KeyId": asked}, forwarded=True)["KeyMetadata"]["Arn"]
    grant = ctx.call(
        "kms",
        "CreateGrant",
        {
            "KeyId": key,
            "GranteePrincipal": ecr.principal,
            "RetiringPrincipal": ecr.principal,
            "Operations": _OPERATIONS,
            "Constraints": {"EncryptionContextSubset": _context(arn)},
        },
        forwarded=True,
    )
    request = {"KeyId": key, "KeySpec": "AES_256", "EncryptionContext": _context(arn)}
    made = ctx.call("kms", "GenerateDataKeyWithoutPlaintext", request, forwarded=True)
    return key, {"data_key": b64encode(made["CiphertextBlob"]).decode(), "grant": grant["GrantId"]}


def has_own_key(repository: Record | None) -> bool:
    return repository is not None and _KEPT in repository.private


async def data_key(ctx: Context, repository: Record) -> bytes:
    """Return the data key of a repository. Raise KmsException."""
    asked = {
        "CiphertextBlob": b64decode(repository.private[_KEPT]["data_key"]),
        "EncryptionContext": _context(repository.arn),
        "KeyId": repository.spec[MEMBER]["kmsKey"],
    }
    there = replace(ctx, region=Arn.parse(repository.arn).region)
    with _refusals():
        return (await there.acall("kms", "Decrypt", asked, caller=_itself(repository)))["Plaintext"]


def retire(ctx: Context, repository: Record) -> None:
    """Give up the grant of a repository that goes. The key may be gone already."""
    if has_own_key(repository):
        named = {"KeyId": repository.spec[MEMBER]["kmsKey"], "GrantId": repository.private[_KEPT]["grant"]}
        with suppress(AwsError):
            ctx.call("kms", "RetireGrant", named, caller=_itself(repository))


def _itself(repository: Record) -> Caller:
    """Return ECR, which acts by itself for a repository."""
    return Caller.of_service(ecr.principal, Arn.parse(repository.arn).account, repository.arn)


def _context(arn: str) -> dict[str, str]:
    return {"aws:ecr:arn": arn}


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn KMS's errors into ECR's."""
    try:
        yield
    except AwsError as error:
        if error.status >= 500:
            raise
        members: dict[str, Any] = {"kmsError": error.code}
        raise AwsError("KmsException", error.message, members=members) from None
