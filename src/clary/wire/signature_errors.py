"""What AWS says of signatures that it does not accept. S3 has its own words; so have Query and JSON services."""

from __future__ import annotations

import hashlib
import re
import time
from base64 import b64encode
from urllib.parse import unquote

from clary.kernel import AwsError
from clary.wire import canonical, timestamps
from clary.wire.dialect import spoken
from clary.wire.http import Request
from clary.wire.signature import Signature

_QUERY_PARAMETERS = (
    "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, "
    "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
)
_COMPONENTS = "the authorization header requires three components: Credential, SignedHeaders, and Signature."
_ONE_BLANK = "Authorization header is invalid -- one and only one ' ' (space) required"
_S3_DATE = "AWS authentication requires a valid Date or x-amz-date header"
_SCOPE = re.compile(r"/([^/]+)/aws4_request")
_V2_PARAMETERS = "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"
_V2_HEADER = "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature"
_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)
_S3_MISMATCH = "The request signature we calculated does not match the signature you provided. Check your key and signing method."

# The code and status of a bad signature, by dialect or protocol.
_CODES = {
    "query": ("SignatureDoesNotMatch", 403),
    "ec2": ("SignatureDoesNotMatch", 403),
    "json": ("InvalidSignatureException", 400),
    "smithy-rpc-v2-cbor": ("InvalidSignatureException", 400),
    "rest": ("InvalidSignatureException", 403),
    "rest-json": ("InvalidSignatureException", 403),
    "rest-xml": ("InvalidSignatureException", 403),
}


def is_s3(request: Request) -> bool:
    """Return whether it is S3's to answer: what says nothing of a service is. For the choice of words only; a
    signature that could be read says for which service it is."""
    if spoken(request) != "rest":
        return False
    said = request.headers.get("authorization") or unquote(request.query)
    scope = _SCOPE.search(said)
    return scope is None or scope[1] in canonical.S3_NAMES


def no_parameters(request: Request, header: str) -> AwsError:
    """Return an Authorization header that does not hold the parameters of Version 4, or is of another kind
    altogether."""
    kind, blank, _ = header.partition(" ")
    if not is_s3(request):
        sentence = (
            "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and "
        )
        return _incomplete(request, f"{sentence}encoded with Base64): '{_digest(header)}'.")
    if kind == "AWS":
        return unsupported_version()
    if kind.startswith("AWS4-"):
        return _malformed_header(_COMPONENTS)
    sentence = "Unsupported Authorization Type" if blank else _ONE_BLANK
    return _invalid_header(sentence, header)


def two_signatures(request: Request) -> AwsError:
    """More than one mechanism at once. A header of no scheme that S3 knows, beside a signed URL, is refused as access
    denied (403, where AWS says 400): it may have been put there to pass by a policy on how requests are signed."""
    sentence = (
        "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter "
        "or the Authorization header should be specified"
    )
    if not is_s3(request):
        return _incomplete(request, sentence)
    header = request.headers.get("authorization", "")
    foreign = bool(header) and not header.startswith(("AWS ", "AWS4-"))
    return _invalid_header(sentence, header, 403 if foreign else 400)


def host_not_signed(request: Request, signature: Signature) -> AwsError:
    """Reject a signature that does not cover the host: it would be valid at any host."""
    if signature.service in canonical.S3_NAMES:
        return not_signed(["host"])
    code, status = _family(request)
    return AwsError(code, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.", status)


def target_not_signed(request: Request) -> AwsError:
    """Return the error for a presigned request that does not sign its operation, so that anybody could choose
    one."""
    code, status = _family(request)
    return AwsError(code, "'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization.", status)


def wrong_region(request: Request, signature: Signature, expected: str) -> AwsError:
    """Return the error for an unknown region. S3 has its own words (recorded for the region aws-global, and
    as users report it)."""
    if signature.service not in canonical.S3_NAMES:
        code, status = _family(request)
        return AwsError(code, "Credential should be scoped to a valid region. ", status)
    if not signature.region:
        return _bad_scope(signature.presigned, "a non-empty region must be provided in the credential.")
    sentence = f"the region '{signature.region}' is wrong; expecting '{expected}'"
    return _bad_scope(signature.presigned, sentence, {"Region": expected})


def wrong_service(protocol: str, presigned: bool, signed_for: str, expected: str) -> AwsError:
    """Return the error for a signature made for another service than the request's, in this service's
    protocol."""
    if expected == "s3":
        sentence = f'incorrect service "{signed_for}". This endpoint belongs to "s3".'
        return _bad_scope(presigned, sentence)
    code, status = _CODES[protocol]
    return AwsError(code, f"Credential should be scoped to correct service: '{expected}'. ", status)


def _bad_scope(presigned: bool, sentence: str, members: dict[str, str] | None = None) -> AwsError:
    """S3's refusal of a credential scope, in the words of where it stands."""
    if presigned:
        said = f"Error parsing the X-Amz-Credential parameter; {sentence}"
        return AwsError("AuthorizationQueryParametersError", said, members=members)
    said = f"The authorization header is malformed; {sentence}"
    return AwsError("AuthorizationHeaderMalformed", said, members=members)


def _invalid_header(sentence: str, header: str, status: int = 400) -> AwsError:
    members = {"ArgumentName": "Authorization", "ArgumentValue": header}
    return AwsError("InvalidArgument", sentence, status, members)


def _malformed_header(sentence: str) -> AwsError:
    return _bad_scope(False, sentence)


def _incomplete(request: Request, sentence: str) -> AwsError:
    """Query services say IncompleteSignature, the others IncompleteSignatureException."""
    suffix = "" if spoken(request) == "query" else "Exception"
    return AwsError(f"IncompleteSignature{suffix}", sentence)


def _digest(header: str) -> str:
    return b64encode(hashlib.sha256(header.encode()).digest()).decode()


def unsupported_version() -> AwsError:
    """Signature Version 2, or anything else that is not version 4."""
    sentence = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
    return AwsError("InvalidRequest", sentence)


def incomplete(request: Request, header: str, missing: list[str], dated: bool) -> AwsError:
    """Return an Authorization header without one of its parts."""
    wants = [f"Authorization header requires '{name}' parameter." for name in missing]
    if not dated:
        wants.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    if not is_s3(request):
        said = f"(Hashed with SHA-256 and encoded with Base64) Authorization={_digest(header)}"
        return _incomplete(request, f"{' '.join(wants)} {said}")
    if missing:
        return _malformed_header(_COMPONENTS)
    return undated()


def incomplete_query(request: Request, missing: str, s3: bool) -> AwsError:
    """Return a presigned request without one of its parameters, or with one of them twice."""
    if s3:
        return AwsError("AuthorizationQueryParametersError", _QUERY_PARAMETERS)
    sentence = (
        f"AWS query-string parameters must include '{missing}'. Re-examine the query-string parameters."
    )
    return _incomplete(request, sentence)


def incomplete_version_2() -> AwsError:
    """Return a presigned request of Version 2 without one of its parameters, or with one of them twice."""
    return AwsError("AccessDenied", _V2_PARAMETERS, 403)


def bad_version_2(header: str) -> AwsError:
    return _invalid_header(_V2_HEADER, header)


def undated() -> AwsError:
    return AwsError("AccessDenied", _S3_DATE, 403)


def bad_expires(sentence: str) -> AwsError:
    return AwsError("AuthorizationQueryParametersError", sentence)


def bad_credential(request: Request, credential: str) -> AwsError:
    form = '"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request"'
    if spoken(request) != "rest":
        said = "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term"
        return _incomplete(request, f"{said}, got '{credential}'")
    if "authorization" in request.headers:
        return _malformed_header(f"the Credential is mal-formed; expecting {form}.")
    return _bad_scope(True, f"the Credential is mal-formed; expecting {form}.")


def bad_date(request: Request, service: str, amz_date: str) -> AwsError:
    if service == "s3":
        return undated()
    sentence = f"Date must be in ISO-8601 'basic format'. Got '{amz_date}'. See http://en.wikipedia.org/wiki/ISO_8601"
    return _incomplete(request, sentence)


def other_date(request: Request, service: str, date: str, amz_date: str) -> AwsError:
    """Return a scope of another day than the request's."""
    if service == "s3":
        sentence = (
            f'Invalid credential date "{date}". This date is not the same as X-Amz-Date: "{amz_date[:8]}".'
        )
        return _malformed_header(sentence)
    sentence = f"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{date}' !="
    code, status = _family(request)
    return AwsError(code, f"{sentence} '{amz_date[:8]}', from '{amz_date}'.", status)


def mismatch(request: Request, signature: Signature, string_to_sign: str, canonical_request: str) -> AwsError:
    """Return the error for a signature that differs from the calculated one. S3 shows what it calculated."""
    if signature.service != "s3":
        code, status = _family(request)
        return AwsError(code, _MISMATCH, status)
    said = {
        "CanonicalRequest": canonical_request,
        "CanonicalRequestBytes": canonical_request.encode().hex(" "),
    }
    return s3_mismatch(signature.access_key_id, signature.signature, string_to_sign, said)


def s3_mismatch(
    access_key_id: str, provided: str, string_to_sign: str, more: dict[str, str] | None = None
) -> AwsError:
    """Return what S3 says of another signature than the one calculated, of either version."""
    said = {
        "AWSAccessKeyId": access_key_id,
        "StringToSign": string_to_sign,
        "SignatureProvided": provided,
        "StringToSignBytes": string_to_sign.encode().hex(" "),
    }
    return AwsError("SignatureDoesNotMatch", _S3_MISMATCH, 403, said | (more or {}))


def _family(request: Request) -> tuple[str, int]:
    """Return the code for a bad signature: Query services say SignatureDoesNotMatch, the others
    InvalidSignatureException."""
    return _CODES[spoken(request)]


def out_of_time(request: Request, signature: Signature, now: float) -> AwsError:
    """Signed too long ago, or in the future."""
    at, clock = signature.amz_date, canonical.amz_date(now)
    if now > signature.time:
        limit = canonical.amz_date(now - 15 * 60)
        sentence = f"Signature expired: {at} is now earlier than {limit} ({clock} - 15 min.)"
    else:
        limit = canonical.amz_date(now + 5 * 60)
        sentence = f"Signature not yet current: {at} is still later than {limit} ({clock} + 5 min.)"
    code, status = _family(request)
    return AwsError(code, sentence, status)


def too_skewed(signature: Signature, now: float) -> AwsError:
    said = {
        "RequestTime": signature.amz_date,
        "ServerTime": timestamps.iso(int(now)),
        "MaxAllowedSkewMilliseconds": "900000",
    }
    sentence = "The difference between the request time and the current time is too large."
    return AwsError("RequestTimeTooSkewed", sentence, 403, said)


def expired(signature: Signature, until: float, now: float) -> AwsError:
    return expired_at(until, now, {"X-Amz-Expires": str(signature.expires)})


def expired_at(until: float, now: float, more: dict[str, str] | None = None) -> AwsError:
    """Return a presigned request, of either version, whose time is over. Moments are in epoch seconds."""
    moments = {"Expires": _moment(until), "ServerTime": _moment(now)}
    return AwsError("AccessDenied", "Request has expired", 403, (more or {}) | moments)


def _moment(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


def not_yet_valid() -> AwsError:
    return AwsError("AccessDenied", "Request is not yet valid", 403)


def missing_payload_hash() -> AwsError:
    return AwsError("InvalidRequest", "Missing required header for this request: x-amz-content-sha256")


def bad_payload_hash(said: str) -> AwsError:
    sentence = "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
    sentence += "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, "
    sentence += "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid "
    members = {"ArgumentName": "x-amz-content-sha256", "ArgumentValue": said}
    return AwsError("InvalidArgument", sentence + "sha256 value.", members=members)


def other_payload(said: str, found: str) -> AwsError:
    members = {"ClientComputedContentSHA256": said, "S3ComputedContentSHA256": found}
    sentence = "The provided 'x-amz-content-sha256' header does not match what was computed."
    return AwsError("XAmzContentSHA256Mismatch", sentence, 400, members)


def not_signed(names: list[str]) -> AwsError:
    sentence = "There were headers present in the request which were not signed"
    return AwsError("AccessDenied", sentence, 403, {"HeadersNotSigned": ", ".join(names)})
