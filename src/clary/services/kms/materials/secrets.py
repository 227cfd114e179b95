"""Makes the secret of a key: random bytes, or a private key with its public half. Knows no store."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clary.kernel.errors import not_implemented
from clary.services.kms.key_specs import Spec

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurve


@dataclass(frozen=True, slots=True)
class Secret:
    """The material of a key: bytes, or a private key in PKCS #8 (DER). `public` is its SubjectPublicKeyInfo (DER)."""

    private: bytes = field(repr=False)
    public: bytes = b""


def new_secret(spec: Spec) -> Secret:
    """Return new material for a key. An RSA key takes up to seconds: call it outside of transactions."""
    if not spec.asymmetric:
        return Secret(os.urandom(spec.size))
    return encoded(_MAKERS[spec.family](spec))


def encoded(private: Any) -> Secret:
    """Return a private key of `cryptography` as material."""
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    return Secret(
        private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
        private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    )


def loaded(der: bytes) -> Any:
    """Return the private key in material that this platform made or has checked."""
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    return load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)


def curve_of(name: str) -> EllipticCurve:
    """Return the curve of a KeySpec."""
    from cryptography.hazmat.primitives.asymmetric import ec

    found = {
        "ECC_NIST_P256": ec.SECP256R1,
        "ECC_NIST_P384": ec.SECP384R1,
        "ECC_NIST_P521": ec.SECP521R1,
        "ECC_SECG_P256K1": ec.SECP256K1,
    }
    return found[name]()


def _rsa(spec: Spec) -> Any:
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(public_exponent=65537, key_size=spec.size)


def _ec(spec: Spec) -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.generate_private_key(curve_of(spec.name))


def _ed25519(spec: Spec) -> Any:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.generate()


def _lattice(spec: Spec) -> Any:
    """Return a key of ML-DSA or ML-KEM. Raise NotImplemented where the installed `cryptography` has none."""
    from cryptography.exceptions import UnsupportedAlgorithm

    prefix = spec.family.upper().replace("-", "")
    try:
        from importlib import import_module

        module = import_module(f"cryptography.hazmat.primitives.asymmetric.{prefix.lower()}")
        return getattr(module, f"{prefix}{spec.size}PrivateKey").generate()
    except (ImportError, AttributeError, UnsupportedAlgorithm):
        raise not_implemented("kms", f"CreateKey with KeySpec {spec.name}") from None


_MAKERS = {"rsa": _rsa, "ec": _ec, "ed25519": _ed25519, "ml-dsa": _lattice, "ml-kem": _lattice}
