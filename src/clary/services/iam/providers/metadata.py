"""The metadata document of a SAML identity provider (SAML 2.0 Metadata): its id, its signing certificates, its end.

Read with the bounds of all XML here: no document type, so many elements. Knows no provider.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from clary.kernel import AwsError
from clary.services.iam import errors
from clary.wire.parse import xml

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_MD = "{urn:oasis:names:tc:SAML:2.0:metadata}"
_DS = "{http://www.w3.org/2000/09/xmldsig#}"
_MOST_CERTIFICATES = 10
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Metadata:
    """`certificates` are base64 of DER; `until` is in epoch seconds, None if the document does not say it."""

    issuer: str
    certificates: tuple[str, ...]
    until: float | None


def parse(document: str) -> Metadata:
    """Return what a metadata document says. Raise InvalidInput for one that describes no identity provider."""
    try:
        root = xml.parse(document.encode())
    except (AwsError, UnicodeEncodeError):
        raise _unreadable() from None
    issuer = root.get("entityID")
    described = root.findall(f"{_MD}IDPSSODescriptor")
    if root.tag != f"{_MD}EntityDescriptor" or not issuer or not described:
        raise _unreadable()
    found = tuple(dict.fromkeys(text for one in described for text in _certificates(one)))
    if not found or len(found) > _MOST_CERTIFICATES:
        raise _unreadable()
    return Metadata(issuer, found, _until([root, *described]))


def _certificates(descriptor: Element) -> Iterator[str]:
    for key in descriptor.findall(f"{_MD}KeyDescriptor"):
        if key.get("use", "signing") != "signing":
            continue
        for certificate in key.iter(f"{_DS}X509Certificate"):
            yield _certificate(certificate.text or "")


def _certificate(text: str) -> str:
    """Return a certificate without white space. Raise InvalidInput for one that cannot verify signatures."""
    plain = _SPACE.sub("", text)
    try:
        key = x509.load_der_x509_certificate(base64.b64decode(plain, validate=True)).public_key()
    except (ValueError, TypeError):
        raise _unreadable() from None
    strong = isinstance(key, ec.EllipticCurvePublicKey) or (
        isinstance(key, rsa.RSAPublicKey) and 1024 <= key.key_size <= 8192
    )
    if not strong:
        raise _unreadable()
    return plain


def _until(elements: list[Element]) -> float | None:
    """Return the first end of validity that is stated."""
    stated = [text for element in elements if (text := element.get("validUntil"))]
    return min(map(_seconds, stated), default=None)


def _seconds(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise _unreadable() from None


def _unreadable() -> AwsError:
    return errors.invalid_input("Could not parse metadata.")
