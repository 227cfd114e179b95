"""Parse and check X.509 certificates, their chains and private keys. Knows no operation and no store.

Sources: IAM User Guide ("Manage server certificates in IAM"), which says what a certificate must be like when it is uploaded;
messages as users report them from AWS.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from clary.services.iam import errors

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_MOST = 32  # certificates of a chain
_UNREADABLE = "Unable to parse certificate. Please ensure the certificate is in PEM format."
_CHAIN = (
    "Unable to validate certificate chain. The certificate chain must start with the immediate signing certificate, followed "
    "by any intermediaries in order. The index within the chain of the invalid certificate is: {index}"
)


def parse(body: str) -> Certificate:
    """Return the one certificate of a PEM text. Raise MalformedCertificate."""
    found = _parse_all(body)
    if len(found) != 1:
        raise malformed(_UNREADABLE)
    return found[0]


def expiry_of(certificate: Certificate) -> float:
    """Return the end of a certificate's validity in epoch seconds."""
    return certificate.not_valid_after_utc.timestamp()


def check_validity(certificate: Certificate, now: float) -> None:
    """Raise MalformedCertificate before a certificate's validity begins and after it has ended."""
    if not is_valid_at(certificate, now):
        raise malformed(_CHAIN.format(index=-1))


def is_valid_at(certificate: Certificate, now: float) -> bool:
    """Tell whether a moment lies within a certificate's validity."""
    moment = datetime.fromtimestamp(now, UTC)
    return certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc


def check_chain(certificate: Certificate, chain: str) -> None:
    """Raise MalformedCertificate unless each certificate is signed by the next one of the chain."""
    links = _parse_all(chain)
    if len(links) > _MOST:
        raise malformed(f"A certificate chain has at most {_MOST} certificates.")
    for index, (signed, signer) in enumerate(zip([certificate, *links], links, strict=False), -1):
        if not _signs(signer, signed):
            raise malformed(_CHAIN.format(index=index))


def check_key(certificate: Certificate, key: str) -> None:
    """Raise MalformedCertificate for what is no private key in the clear, KeyPairMismatch for another's."""
    from cryptography.hazmat.primitives import serialization

    try:
        private = serialization.load_pem_private_key(key.encode(), password=None)
    except Exception:  # the library raises many kinds for what it cannot read
        raise malformed(
            "Unable to parse private key. Please ensure the private key is in PEM format and not encrypted."
        ) from None
    if private.public_key() != certificate.public_key():
        message = "The private key does not match the public key of the certificate."
        raise errors.AwsError("KeyPairMismatch", message)


def fingerprint_of(certificate: Certificate) -> str:
    """Return the SHA-256 of a certificate in hexadecimal digits."""
    from cryptography.hazmat.primitives import hashes

    return certificate.fingerprint(hashes.SHA256()).hex()


def malformed(message: str) -> errors.AwsError:
    return errors.AwsError("MalformedCertificate", message)


def _parse_all(text: str) -> list[Certificate]:
    from cryptography import x509

    try:
        found = x509.load_pem_x509_certificates(text.encode())
        for one in found[:_MOST]:
            one.public_key()  # parsed late; raises for algorithms that nobody here can check
        return found
    except Exception:  # the library raises many kinds for what it cannot read
        raise malformed(_UNREADABLE) from None


def _signs(signer: Certificate, signed: Certificate) -> bool:
    try:
        signed.verify_directly_issued_by(signer)
    except Exception:  # another issuer, a wrong signature, an algorithm that is not known
        return False
    return True
