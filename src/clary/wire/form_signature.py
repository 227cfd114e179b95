"""The signature of a form: of its policy, by Version 4 or 2, in fields of the form. Knows no account.

Sources: "Authenticating Requests in Browser-Based Uploads Using POST" (S3 API Reference) and recorded answers of AWS
(`test_post_request_missing_signature`, `test_post_request_missing_fields`, `test_post_request_malformed_policy`).
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from typing import NamedTuple

from clary.kernel import AwsError
from clary.wire import signature_errors, sigv4
from clary.wire.signature import V4

_V4 = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Signature")
_V2 = ("AWSAccessKeyId", "Signature")


class FormSignature(NamedTuple):
    """What the fields of a form say of its signature. `scope` is (date, region, service) of Version 4, None for
    Version 2."""

    access_key_id: str
    signature: str
    policy: str
    token: str | None
    scope: tuple[str, str, str] | None


def read(fields: Mapping[str, str]) -> FormSignature | None:
    """Return the signature of a form, None for one that nobody signed. Raise AwsError for one that is not whole."""
    version_4 = any(name.lower() in fields for name in _V4)
    if not version_4 and not any(name.lower() in fields for name in _V2):
        return None
    for name in (*(_V4 if version_4 else _V2), "policy"):
        if not fields.get(name.lower()):
            raise missing_field(name)
    policy, token = fields["policy"], fields.get("x-amz-security-token")
    if not version_4:
        return FormSignature(fields["awsaccesskeyid"], fields["signature"], policy, token, None)
    if fields["x-amz-algorithm"] != V4:
        message = 'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"'
        raise AwsError("InvalidArgument", message, 400, {"ArgumentName": "X-Amz-Algorithm"})
    parts = fields["x-amz-credential"].split("/")
    if len(parts) != 5 or parts[4] != "aws4_request" or parts[3] != "s3":
        message = (
            'The Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
        )
        raise AwsError("InvalidArgument", message, 400, {"ArgumentName": "X-Amz-Credential"})
    key, date, region, service, _ = parts
    return FormSignature(key, fields["x-amz-signature"], policy, token, (date, region, service))


def missing_field(name: str) -> AwsError:
    """Return the error for a form without a field that it must have."""
    message = f"Bucket POST must contain a field named '{name}'.  If it is specified, please check the order of the fields."
    return AwsError("InvalidArgument", message, 400, {"ArgumentName": name, "ArgumentValue": ""})


def verify(given: FormSignature, secret: str) -> None:
    """Raise SignatureDoesNotMatch unless `secret` signed the policy."""
    text = given.policy.encode()
    if given.scope is None:
        made = base64.b64encode(hmac.digest(secret.encode(), text, "sha1")).decode()
    else:
        made = hmac.digest(sigv4.signing_key(secret, *given.scope), text, "sha256").hex()
    if not hmac.compare_digest(made.encode(), given.signature.encode()):
        raise signature_errors.s3_mismatch(given.access_key_id, given.signature, given.policy)
