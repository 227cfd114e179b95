"""What each KeySpec is: its usages and algorithms. Knows no key.

Source: "Key spec reference" (KMS Developer Guide). The members that a specification has follow from its usage.
"""

from __future__ import annotations

from dataclasses import dataclass

ENCRYPT, SIGN, MAC = "ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC"
AGREE, ENCAPSULATE = "KEY_AGREEMENT", "ENCAPSULATE_DECAPSULATE"
SYMMETRIC = "SYMMETRIC_DEFAULT"

# The member of KeyMetadata and of GetPublicKey that lists the algorithms of a usage.
MEMBERS = {
    ENCRYPT: "EncryptionAlgorithms",
    SIGN: "SigningAlgorithms",
    MAC: "MacAlgorithms",
    AGREE: "KeyAgreementAlgorithms",
    ENCAPSULATE: "EncapsulationAlgorithms",
}


@dataclass(frozen=True, slots=True)
class Spec:
    """A key specification. `usages` maps each usage to its algorithms; `size` is the bits of an RSA modulus or the bytes
    of symmetric material; `family` says how keys are made."""

    name: str
    family: str
    usages: dict[str, tuple[str, ...]]
    size: int = 0

    @property
    def asymmetric(self) -> bool:
        return self.family not in ("symmetric", "hmac")


_OAEP = ("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256")
_RSA_SIGNS = tuple(
    f"RSASSA_{scheme}_SHA_{bits}" for scheme in ("PKCS1_V1_5", "PSS") for bits in (256, 384, 512)
)
_RSA = {ENCRYPT: _OAEP, SIGN: _RSA_SIGNS}
# AWS has ED25519_PH_SHA_512 as well, for which no library that is used here has a function.
_ED25519 = ("ED25519_SHA_512",)


def _curve(bits: int) -> dict[str, tuple[str, ...]]:
    return {SIGN: (f"ECDSA_SHA_{bits}",), AGREE: ("ECDH",)}


_ALL = (
    Spec(SYMMETRIC, "symmetric", {ENCRYPT: (SYMMETRIC,)}, 32),
    *(Spec(f"RSA_{bits}", "rsa", _RSA, bits) for bits in (2048, 3072, 4096)),
    Spec("ECC_NIST_P256", "ec", _curve(256)),
    Spec("ECC_NIST_P384", "ec", _curve(384)),
    Spec("ECC_NIST_P521", "ec", _curve(512)),
    Spec("ECC_SECG_P256K1", "ec", {SIGN: ("ECDSA_SHA_256",)}),
    Spec("ECC_NIST_EDWARDS25519", "ed25519", {SIGN: _ED25519}),
    *(Spec(f"HMAC_{n}", "hmac", {MAC: (f"HMAC_SHA_{n}",)}, n // 8) for n in (224, 256, 384, 512)),
    *(Spec(f"ML_DSA_{n}", "ml-dsa", {SIGN: ("ML_DSA_SHAKE_256",)}, n) for n in (44, 65, 87)),
    *(Spec(f"ML_KEM_{n}", "ml-kem", {ENCAPSULATE: ("ML_KEM",)}, n) for n in (512, 768, 1024)),
)
SPECS = {spec.name: spec for spec in _ALL}
