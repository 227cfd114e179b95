"""What imported bytes must be to be the material of a key. Knows no key record."""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.services.kms.key_specs import Spec
from clary.services.kms.materials.secrets import Secret, curve_of, encoded


def checked(spec: Spec, material: bytes) -> Secret:
    """Return bytes as material of this specification. Raise IncorrectKeyMaterialException.

    Symmetric and HMAC keys have so many bytes; asymmetric ones are private keys in PKCS #8 (DER).
    """
    if not spec.asymmetric:
        if len(material) != spec.size:
            raise incorrect()
        return Secret(material)
    private = _loaded(material)
    if not _IS[spec.family](private, spec):
        raise incorrect()
    return encoded(private)


def incorrect() -> AwsError:
    message = "The key material in the request is invalid or is not the one that was imported before."
    return AwsError("IncorrectKeyMaterialException", message)


def _loaded(der: bytes) -> Any:
    """Return a private key, whose numbers are checked, since a user sent it."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    try:
        return load_der_private_key(der, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise incorrect() from None


def _is_rsa(private: Any, spec: Spec) -> bool:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    return isinstance(private, RSAPrivateKey) and private.key_size == spec.size


def _is_on_curve(private: Any, spec: Spec) -> bool:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

    return isinstance(private, EllipticCurvePrivateKey) and private.curve.name == curve_of(spec.name).name


def _is_edwards(private: Any, spec: Spec) -> bool:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return isinstance(private, Ed25519PrivateKey)


_IS = {"rsa": _is_rsa, "ec": _is_on_curve, "ed25519": _is_edwards}
