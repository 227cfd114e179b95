"""AWS Signature Version 4: reading it off a request, making it, verifying it. Knows no accounts and no secrets' store.

Source: "AWS Signature Version 4 for API requests" (IAM User Guide) and "Authenticating Requests" (S3 API Reference).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from clary.wire import canonical, mechanism, signature_errors
from clary.wire.http import Request
from clary.wire.keyed_hash import keyed_hash
from clary.wire.signature import V4, Signature
from clary.wire.timestamps import parse as parse_time

ALGORITHM = V4
UNSIGNED = "UNSIGNED-PAYLOAD"
_EMPTY_HASH = hashlib.sha256(b"").hexdigest()
_PAST, _FUTURE = 15 * 60, 5 * 60  # seconds of clock skew that AWS allows; S3 allows 15 minutes either way
_WEEK = 604_800
_DIGITS = 20  # a number of more is as large as any that matters, and Python reads none of thousands
_SHORT = 2048  # characters of a header that is remembered
_PAYLOAD = re.compile(rf"[0-9a-f]{{64}}|{UNSIGNED}|STREAMING-[A-Z0-9-]+").fullmatch
_PARAMETERS = tuple(
    f"X-Amz-{name}" for name in ("Algorithm", "Credential", "Signature", "SignedHeaders", "Date", "Expires")
)
_ONCE = frozenset(name.lower() for name in (*_PARAMETERS, "X-Amz-Security-Token", "X-Amz-Content-Sha256"))


# ------------------------------------------------------------------------------------------------------- reading


def read_header(request: Request) -> Signature:
    """Return what the Authorization header says. Raise AwsError for one that is not whole."""
    headers = request.headers
    header = headers["authorization"]
    # All but the signature itself is the same all day long.
    before, _, signature = header.rpartition("Signature=")
    told = _told(before) if len(before) <= _SHORT else None
    amz_date = headers.get("x-amz-date", "")
    if told is not None and signature.isalnum() and amz_date[:8] == told.date and _is_date(amz_date):
        return Signature(
            told.key,
            told.date,
            told.region,
            told.service,
            told.names,
            signature,
            amz_date,
            None,
            headers.get("x-amz-security-token"),
            headers.get("x-amz-content-sha256"),
        )
    return _read_anything(request, header)


def _read_anything(request: Request, header: str) -> Signature:
    """Return what a header says that is spelled in another way than most, or is wrong; raise AwsError then."""
    before, _, signature = header.rpartition("Signature=")
    if not before or "," in signature:
        before, signature = header, ""
    fields = _fields(before)
    if fields is None or (signature and "Signature" in fields):
        raise signature_errors.no_parameters(request, header)
    signature = signature.strip() or fields.get("Signature", "")
    credential, names = fields.get("Credential"), fields.get("SignedHeaders")
    headers = request.headers
    amz_date = headers.get("x-amz-date") or _compact(headers.get("date", ""))
    if not (credential and names and signature and amz_date):
        given = {"Credential": credential, "Signature": signature, "SignedHeaders": names}
        missing = [name for name, value in given.items() if not value]
        raise signature_errors.incomplete(request, header, missing, bool(amz_date))
    key, date, region, service = _credential(request, credential, amz_date)
    return Signature(
        access_key_id=key,
        date=date,
        region=region,
        service=service,
        signed_headers=_names(names),
        signature=signature,
        amz_date=amz_date,
        token=headers.get("x-amz-security-token"),
        payload_hash=headers.get("x-amz-content-sha256"),
    )


class _Told(NamedTuple):
    """What an Authorization header says before its signature."""

    key: str
    date: str
    region: str
    service: str
    names: tuple[str, ...]


@lru_cache(maxsize=1024)
def _told(before: str) -> _Told | None:
    """Return what stands before `Signature=`, None where that is not whole."""
    fields = _fields(before)
    if fields is None or "Signature" in fields or not fields.get("SignedHeaders"):
        return None
    parts = fields.get("Credential", "").rsplit("/", 4)
    if len(parts) != 5 or parts[4] != "aws4_request":
        return None
    key, date, region, service, _ = parts
    return _Told(key, date, region, service, _names(fields["SignedHeaders"]))


def _is_date(amz_date: str) -> bool:
    try:
        canonical.parse_amz_date(amz_date)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=1024)
def _fields(header: str) -> Mapping[str, str] | None:
    """Return the parameters of an Authorization header, None for one that is not of Version 4, not made of
    pairs or says something twice: white space parts them as commas do, so a blank in an access key leaves a
    piece without a name."""
    algorithm, _, rest = header.partition(" ")
    pairs = [part.partition("=") for part in rest.replace(",", " ").split()]
    if algorithm != ALGORITHM or not all(equals for _, equals, _ in pairs):
        return None
    found = {name: value for name, _, value in pairs}
    return found if len(found) == len(pairs) else None


@lru_cache(maxsize=1024)
def _names(signed_headers: str) -> tuple[str, ...]:
    return tuple(signed_headers.lower().split(";"))


def read_query(request: Request) -> Signature:
    """Return what the query string says. Raise AwsError for one that is not whole, or says something twice."""
    pairs = [(name.lower(), value) for name, value in mechanism.parameters(request)]
    given = dict(pairs)
    s3 = _is_s3s(request, given.get("x-amz-credential", ""))
    missing = [name for name in _PARAMETERS if name.lower() not in given and (s3 or name != "X-Amz-Expires")]
    wrong = missing[0] if missing else mechanism.twice((name for name, _ in pairs), _ONCE)
    if wrong:
        raise signature_errors.incomplete_query(request, wrong, s3)
    if given["x-amz-algorithm"] != ALGORITHM:
        raise signature_errors.unsupported_version()
    key, date, region, service = _credential(request, given["x-amz-credential"], given["x-amz-date"])
    unsigned = UNSIGNED if s3 else None
    return Signature(
        access_key_id=key,
        date=date,
        region=region,
        service=service,
        signed_headers=tuple(given["x-amz-signedheaders"].lower().split(";")),
        signature=given["x-amz-signature"],
        amz_date=given["x-amz-date"],
        # All but S3 take a presigned request for as long as any other, whatever X-Amz-Expires says.
        expires=_expires(given["x-amz-expires"]) if s3 else None,
        token=given.get("x-amz-security-token"),
        payload_hash=given.get("x-amz-content-sha256") or unsigned,
        place="query",
    )


def _is_s3s(request: Request, credential: str) -> bool:
    """Return whether a credential is scoped to S3; one that is not whole is S3's to refuse where nothing else
    speaks."""
    parts = credential.rsplit("/", 2)
    return parts[1] in canonical.S3_NAMES if len(parts) == 3 else signature_errors.is_s3(request)


def _credential(request: Request, credential: str, amz_date: str) -> tuple[str, str, str, str]:
    parts = credential.rsplit("/", 4)
    if len(parts) != 5 or parts[4] != "aws4_request":
        raise signature_errors.bad_credential(request, credential)
    key, date, region, service, _ = parts
    try:
        canonical.parse_amz_date(amz_date)
    except ValueError:
        raise signature_errors.bad_date(request, service, amz_date) from None
    if date != amz_date[:8]:
        raise signature_errors.other_date(request, service, date, amz_date)
    return key, date, region, service


def _expires(text: str) -> int:
    digits = text.removeprefix("-")
    if not digits.isdecimal():
        raise signature_errors.bad_expires("X-Amz-Expires should be a number")
    if digits != text:
        raise signature_errors.bad_expires("X-Amz-Expires must be non-negative")
    seconds = int(text[:_DIGITS])
    if seconds > _WEEK:
        raise signature_errors.bad_expires(
            f"X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than "
            f"{_WEEK} seconds"
        )
    return seconds


def _compact(date: str) -> str:
    """Return a Date header in the signature's notation, nothing for text that is no date."""
    try:
        return canonical.amz_date(parse_time(date)) if date else ""
    except (ValueError, OverflowError):
        return ""


# ----------------------------------------------------------------------------------------------------- verifying


def verify(request: Request, signature: Signature, secret: str, now: float) -> None:
    """Raise AwsError unless the request was signed with `secret`, lately, and its whole body is the signed
    one.

    `now` is in epoch seconds. A body that is still to come is not looked at: pass it through `hashed` or
    `chunked.decode`.
    """
    service, names, presigned = signature.service, signature.signed_headers, signature.place == "query"
    if "host" not in names:
        raise signature_errors.host_not_signed(request, signature)
    if presigned and "x-amz-target" in request.headers and "x-amz-target" not in names:
        raise signature_errors.target_not_signed(request)
    _check_time(request, signature, now)
    said = _payload(request, signature)
    key = signing_key(secret, signature.date, signature.region, service)
    scope, given = signature.scope, signature.signature.encode()
    tried = ""
    for tried in canonical.requests(request, service, names, said, presigned):
        if hmac.compare_digest(_sign(key, signature.amz_date, scope, tried).encode(), given):
            break
    else:
        text = _string_to_sign(signature.amz_date, scope, tried)
        raise signature_errors.mismatch(request, signature, text, tried)
    if service in canonical.S3_NAMES:
        _check_headers(request, signature)


def _check_time(request: Request, signature: Signature, now: float) -> None:
    signed = signature.time
    if signature.expires is not None:
        if now > signed + signature.expires:
            raise signature_errors.expired(signature, signed + signature.expires, now)
        if signed > now + _PAST:
            raise signature_errors.not_yet_valid()
    elif signature.service in canonical.S3_NAMES:
        if abs(now - signed) > _PAST:
            raise signature_errors.too_skewed(signature, now)
    elif now - signed > _PAST or signed - now > _FUTURE:
        raise signature_errors.out_of_time(request, signature, now)


def _payload(request: Request, signature: Signature) -> str:
    """Return the hash that the canonical request ends with. S3 signs what the client says of its body, which
    must be true."""
    said = signature.payload_hash
    whole = request.body if isinstance(request.body, bytes) else None
    if signature.service in canonical.S3_NAMES:
        if said is None:
            raise signature_errors.missing_payload_hash()
        if not _PAYLOAD(said):
            raise signature_errors.bad_payload_hash(said)
        if len(said) == 64 and whole is not None:
            found = hashlib.sha256(whole).hexdigest()
            if found != said:
                raise signature_errors.other_payload(said, found)
        return said
    if said == UNSIGNED or (said is not None and whole is None):
        return said
    return hashlib.sha256(whole).hexdigest() if whole else _EMPTY_HASH


def _check_headers(request: Request, signature: Signature) -> None:
    """S3 wants every `x-amz-` header signed."""
    signed = signature.signed_headers
    loose = [name for name in request.headers if name.startswith("x-amz-") and name not in signed]
    if loose and loose != ["x-amz-content-sha256"]:
        raise signature_errors.not_signed(sorted(name for name in loose if name != "x-amz-content-sha256"))


async def hashed(body: AsyncIterable[bytes], expected: str) -> AsyncIterator[bytes]:
    """Yield the body as it comes; raise AwsError at its end unless it has the SHA-256 that was signed."""
    digest = hashlib.sha256()
    async for part in body:
        digest.update(part)
        yield part
    if digest.hexdigest() != expected:
        raise signature_errors.other_payload(expected, digest.hexdigest())


# ------------------------------------------------------------------------------------------------------- signing


@lru_cache(maxsize=4096)
def signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    """Return the key derived for one day, region and service."""
    key = hmac.digest(b"AWS4" + secret.encode(), date.encode(), "sha256")
    for part in (region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def _sign(key: bytes, amz_date: str, scope: str, canonical_request: str) -> str:
    return keyed_hash(key).hexdigest(_string_to_sign(amz_date, scope, canonical_request).encode())


def _string_to_sign(amz_date: str, scope: str, canonical_request: str) -> str:
    return f"{ALGORITHM}\n{amz_date}\n{scope}\n{hashlib.sha256(canonical_request.encode()).hexdigest()}"
