"""Signatures by family of key: how a message or a digest is signed and verified. Knows no key record.

Sources: API reference, Sign; RFC 8017 (RSA; the salt of PSS is as long as the digest), RFC 8032 (Ed25519), FIPS 186-5
(ECDSA, in DER), FIPS 204 (ML-DSA).
"""

from __future__ import annotations

from typing import Any

from clary.kernel.errors import validation

RAW, DIGEST, MU = "RAW", "DIGEST", "EXTERNAL_MU"
_LENGTHS = {"256": 32, "384": 48, "512": 64}  # bytes of SHA-2 digests
_MU = 64


def check(family: str, spec: str, algorithm: str, kind: str, message: bytes) -> None:
    """Raise ValidationException for a kind of message that the algorithm does not take, or one of another length."""
    if family == "ed25519":
        _check_edwards(algorithm, kind)
    elif family == "ml-dsa":
        _check_lattice(spec, kind, message)
    elif kind == MU:
        raise validation(f"Message type {kind} is incompatible with key spec {spec}.")
    elif kind == DIGEST and len(message) != _LENGTHS[algorithm[-3:]]:
        raise validation(f"Digest is invalid length for algorithm {algorithm}.")


def sign(family: str, private: Any, algorithm: str, kind: str, message: bytes) -> bytes:
    """Return the signature of a checked message."""
    if family == "rsa":
        return private.sign(message, _padding(algorithm), _hash(algorithm, kind))
    if family == "ec":
        return private.sign(message, _ecdsa(algorithm, kind))
    return private.sign_mu(message) if kind == MU else private.sign(message)


def verify(family: str, public: Any, algorithm: str, kind: str, message: bytes, signature: bytes) -> bool:
    """Return whether a signature is that of a checked message."""
    from cryptography.exceptions import InvalidSignature

    try:
        if family == "rsa":
            public.verify(signature, message, _padding(algorithm), _hash(algorithm, kind))
        elif family == "ec":
            public.verify(signature, message, _ecdsa(algorithm, kind))
        elif kind == MU:
            public.verify_mu(signature, message)
        else:
            public.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _check_edwards(algorithm: str, kind: str) -> None:
    if kind != RAW:
        raise validation(f"Message type {kind} is incompatible with algorithm {algorithm}.")


def _check_lattice(spec: str, kind: str, message: bytes) -> None:
    if kind == DIGEST:
        raise validation(f"Message type {kind} is incompatible with key spec {spec}.")
    if kind == MU and len(message) != _MU:
        raise validation("External Mu is invalid length for algorithm ML_DSA_SHAKE_256.")


def _padding(algorithm: str) -> Any:
    from cryptography.hazmat.primitives.asymmetric import padding

    if "PKCS1" in algorithm:
        return padding.PKCS1v15()
    return padding.PSS(padding.MGF1(_sha(algorithm)), padding.PSS.DIGEST_LENGTH)


def _ecdsa(algorithm: str, kind: str) -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.ECDSA(_hash(algorithm, kind))


def _hash(algorithm: str, kind: str) -> Any:
    """Return the hash of an algorithm; of a digest, the mark that it was hashed already."""
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

    return Prehashed(_sha(algorithm)) if kind == DIGEST else _sha(algorithm)


def _sha(algorithm: str) -> Any:
    from cryptography.hazmat.primitives import hashes

    return {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}[algorithm[-3:]]()
