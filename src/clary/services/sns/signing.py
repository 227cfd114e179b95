"""Notifications are signed, and the certificate that says with which key is where AWS has it.

Source: "Verifying the signatures of Amazon SNS messages" (Developer Guide): SHA1withRSA (version 1) or SHA256withRSA (2).
"""

from __future__ import annotations

import base64
import datetime
from typing import Any, NamedTuple

from clary.kernel import AwsError
from clary.plane.port import Plane
from clary.plane.sealing import SealingKey
from clary.plane.sites.visit import Visit
from clary.services.sns.service import sns
from clary.store.api import Tx
from clary.wire import Response

FILE = "SimpleNotificationService-clary.pem"
_NAME = "signing-key"
_BOUND = b"sns/signing-key"
_YEARS = 20
_OPENED = "sns:signing-key"
_SIGNED = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")


class Signer(NamedTuple):
    """The private key, and its certificate as PEM."""

    key: Any
    certificate: str


async def signer_of(platform: Plane) -> Signer:
    """Return the key, which is made at first use. Raise NoSealingKey."""
    if _OPENED not in platform.extras:
        platform.extras[_OPENED] = await platform.store.run(
            lambda tx: _load_or_make(platform, tx), write=True
        )
    return platform.extras[_OPENED]


def _load_or_make(platform: Plane, tx: Tx) -> Signer:
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    sealer = platform.settings.sealing_key
    rows = tx.sql("select sealed, certificate from sns_signing_key where name = ?", _NAME)
    if rows:
        return Signer(
            load_der_private_key(sealer.unseal(base64.b64decode(rows[0][0]), _BOUND), None), rows[0][1]
        )
    key, der, certificate = _make(platform.clock.now())
    sealed = base64.b64encode(sealer.seal(der, _BOUND)).decode()
    tx.sql(
        "insert into sns_signing_key (name, sealed, certificate, created) values (?, ?, ?, ?)",
        _NAME, sealed, certificate, platform.clock.now(),
    )  # fmt: skip
    return Signer(key, certificate)


def _make(now: float) -> tuple[Any, bytes, str]:
    """Return a new key, itself and as DER, and a certificate for it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import NameOID

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    start = datetime.datetime.fromtimestamp(now, datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start - datetime.timedelta(days=1))
        .not_valid_after(start + datetime.timedelta(days=365 * _YEARS))
        .sign(key, hashes.SHA256())
    )
    der = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return key, der, made.public_bytes(serialization.Encoding.PEM).decode()


@sns.resealed
def reseal(tx: Tx, old: SealingKey, new: SealingKey) -> None:
    """Seal the key under another sealing key."""
    for name, sealed in tx.sql("select name, sealed from sns_signing_key"):
        der = old.unseal(base64.b64decode(sealed), _BOUND)
        again = base64.b64encode(new.seal(der, _BOUND)).decode()
        tx.sql("update sns_signing_key set sealed = ? where name = ?", again, name)


def signature(signer: Signer, version: str, notification: dict[str, Any]) -> str:
    """Return the signature of a notification, in Base64."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    text = "".join(f"{name}\n{notification[name]}\n" for name in _SIGNED if name in notification)
    kind = hashes.SHA256() if version == "2" else hashes.SHA1()
    return base64.b64encode(signer.key.sign(text.encode(), padding.PKCS1v15(), kind)).decode()


@sns.site(host="sns.{region}.amazonaws.com", path=f"/{FILE}", open=True)
async def signing_certificate(visit: Visit) -> Response:
    """Return the certificate."""
    if visit.request.method not in ("GET", "HEAD"):
        raise AwsError("MethodNotAllowed", "The specified method is not allowed against this resource.", 405)
    signer = await signer_of(visit.ctx.platform)
    return Response(200, [("content-type", "binary/octet-stream")], signer.certificate.encode())
