"""Certificates and keys for tests, made once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Issued(NamedTuple):
    """A certificate and its private key, as PEM, and as objects that sign others."""

    body: str
    key: str
    certificate: x509.Certificate
    private: ec.EllipticCurvePrivateKey


def issued(name: str, moment: float, by: str = "", begins: int = -1, ends: int = 30) -> Issued:
    """Return the certificate of a name, valid from and until that many days later. It is signed by itself, or by the first
    of the names in `by` (`middle/top`), whose certificate is signed by the others in the same way."""
    return _issued(name, moment, by, begins, ends)


@cache
def _issued(name: str, moment: float, by: str, begins: int, ends: int) -> Issued:
    private = ec.generate_private_key(ec.SECP256R1())
    by, _, above = by.partition("/")
    signer = issued(by, moment, above) if by else None
    at = datetime.fromtimestamp(moment, UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(by or name))
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at + timedelta(days=begins))
        .not_valid_after(at + timedelta(days=ends))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(signer.private if signer else private, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    key = private.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Issued(certificate.public_bytes(pem).decode(), key.decode(), certificate, private)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
