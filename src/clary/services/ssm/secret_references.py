"""`/aws/reference/secretsmanager/NAME`: a secret of Secrets Manager as a parameter
(https://docs.aws.amazon.com/systems-manager/latest/userguide/integration-ps-secretsmanager.html)."""

from __future__ import annotations

import re
from typing import Any

import orjson

from clary.kernel import AwsError
from clary.kernel.errors import validation
from clary.plane import Context
from clary.services.ssm.names import SECRETS, Params, Wanted

_VERSION = re.compile(r"[0-9a-fA-F-]{32,64}")


def resolved(ctx: Context, wanted: Wanted, decrypt: bool) -> Params:
    """Return the value of a secret, read as this caller. Raise ParameterNotFound, and ValidationException unless it is
    to be decrypted."""
    if not decrypt:
        raise validation("WithDecryption flag must be True for retrieving a Secret Manager secret.")
    name = wanted.key.removeprefix(SECRETS)
    secret = _read(ctx, name, wanted)
    return {
        "Name": wanted.key,
        "ARN": secret["ARN"],
        "Type": "SecureString",
        "Value": secret["SecretString"],
        "Version": 0,
        "SourceResult": orjson.dumps(secret, default=str).decode(),
        "LastModifiedDate": secret["CreatedDate"],
        "DataType": "text",
    } | ({"Selector": f":{wanted.selector}"} if wanted.selector else {})


def _read(ctx: Context, name: str, wanted: Wanted) -> dict[str, Any]:
    asked = {"SecretId": name}
    if wanted.selector:
        member = "VersionId" if _VERSION.fullmatch(wanted.selector) else "VersionStage"
        asked[member] = wanted.selector
    try:
        found = ctx.call("secretsmanager", "GetSecretValue", asked, forwarded=True)
    except AwsError as error:
        if error.code != "ResourceNotFoundException":
            raise
        raise _absent(wanted.key) from None
    if "SecretString" not in found:  # a parameter's value is text
        raise _absent(wanted.key)
    return found


def _absent(key: str) -> AwsError:
    said = f"An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret {key} not found."
    return AwsError("ParameterNotFound", said)
