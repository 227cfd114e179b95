"""Signatures, authentication codes and shared secrets.

Sources: API reference, Sign, Verify, GenerateMac, DeriveSharedSecret; codes and sentences were recorded from the service,
or are in reports that the tests name. Other implementations check what is made here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

MESSAGE = b"a message"
SHA = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}


def refusal(call: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call()
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.fixture
def made(kms: Any) -> Callable[[str, str], str]:
    return lambda spec, usage: kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["Arn"]


def _verify(public: Any, algorithm: str, signature: bytes) -> None:
    """Check a signature with the public key that GetPublicKey gives."""
    hash = SHA[algorithm[-3:]]
    if algorithm.startswith("ECDSA"):
        public.verify(signature, MESSAGE, ec.ECDSA(hash))
    elif "PSS" in algorithm:
        public.verify(signature, MESSAGE, padding.PSS(padding.MGF1(hash), hash.digest_size), hash)
    elif "PKCS1" in algorithm:
        public.verify(signature, MESSAGE, padding.PKCS1v15(), hash)
    else:
        public.verify(signature, MESSAGE)


@pytest.mark.parametrize(
    "spec",
    ["RSA_2048", "ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1", "ECC_NIST_EDWARDS25519", "ML_DSA_44"],
)  # fmt: skip
def test_every_algorithm_of_a_key(kms: Any, made: Callable[[str, str], str], spec: str) -> None:
    key = made(spec, "SIGN_VERIFY")
    shown = kms.get_public_key(KeyId=key)
    public = load_der_public_key(shown["PublicKey"])
    assert shown["SigningAlgorithms"] == kms.describe_key(KeyId=key)["KeyMetadata"]["SigningAlgorithms"]
    for algorithm in shown["SigningAlgorithms"]:
        asked = {"KeyId": key, "Message": MESSAGE, "SigningAlgorithm": algorithm}
        signature = kms.sign(**asked)["Signature"]
        _verify(public, algorithm, signature)
        assert kms.verify(**asked, Signature=signature)["SignatureValid"] is True
        other = {**asked, "Message": b"another"}
        assert refusal(partial(kms.verify, **other, Signature=signature)) == (
            "KMSInvalidSignatureException",
            "",
        )
        assert refusal(partial(kms.verify, **asked, Signature=b"x"))[0] == "KMSInvalidSignatureException"


@pytest.mark.parametrize(("spec", "algorithm"), [
    ("RSA_2048", "RSASSA_PSS_SHA_384"), ("RSA_2048", "RSASSA_PKCS1_V1_5_SHA_512"), ("ECC_NIST_P256", "ECDSA_SHA_256"),
])  # fmt: skip
def test_a_digest_is_signed_as_it_is(
    kms: Any, made: Callable[[str, str], str], spec: str, algorithm: str
) -> None:
    """The sentence about its length was recorded."""
    key = made(spec, "SIGN_VERIFY")
    digest = hashlib.new(f"sha{algorithm[-3:]}", MESSAGE).digest()
    asked = {"KeyId": key, "SigningAlgorithm": algorithm, "MessageType": "DIGEST"}
    signature = kms.sign(**asked, Message=digest)["Signature"]
    raw = {"KeyId": key, "SigningAlgorithm": algorithm, "Message": MESSAGE}
    assert kms.verify(**raw, Signature=signature)["SignatureValid"] is True
    says = f"Digest is invalid length for algorithm {algorithm}."
    assert refusal(partial(kms.sign, **asked, Message=b"short")) == ("ValidationException", says)


def test_edwards_and_lattices_take_raw_messages(kms: Any, made: Callable[[str, str], str]) -> None:
    """API reference, Sign: MessageType of ED25519_SHA_512 is RAW, of ML-DSA RAW or EXTERNAL_MU."""
    key = made("ECC_NIST_EDWARDS25519", "SIGN_VERIFY")
    asked = {"KeyId": key, "Message": bytes(64), "MessageType": "DIGEST"}
    says = "Message type DIGEST is incompatible with algorithm ED25519_SHA_512."
    assert refusal(partial(kms.sign, **asked, SigningAlgorithm="ED25519_SHA_512")) == (
        "ValidationException",
        says,
    )
    assert refusal(partial(kms.sign, **asked, SigningAlgorithm="ED25519_PH_SHA_512"))[0] == "NotImplemented"
    key = made("ML_DSA_65", "SIGN_VERIFY")
    asked = {"KeyId": key, "SigningAlgorithm": "ML_DSA_SHAKE_256"}
    digest = lambda: kms.sign(**asked, Message=b"x", MessageType="DIGEST")  # noqa: E731
    assert refusal(digest)[1] == "Message type DIGEST is incompatible with key spec ML_DSA_65."
    public = kms.get_public_key(KeyId=key)["PublicKey"]
    raw = load_der_public_key(public).public_bytes(Encoding.Raw, PublicFormat.Raw)
    hashed = hashlib.shake_256(raw).digest(64)  # FIPS 204, Algorithm 7: mu = H(H(pk) || 0 || 0 || M)
    mu = hashlib.shake_256(hashed + b"\0\0" + MESSAGE).digest(64)
    signature = kms.sign(**asked, Message=mu, MessageType="EXTERNAL_MU")["Signature"]
    assert kms.verify(**asked, Message=MESSAGE, Signature=signature)["SignatureValid"] is True
    assert (
        kms.verify(**asked, Message=mu, MessageType="EXTERNAL_MU", Signature=signature)["SignatureValid"]
        is True
    )


def test_an_algorithm_of_another_key(kms: Any, made: Callable[[str, str], str], key: str) -> None:
    curve = made("ECC_NIST_P256", "SIGN_VERIFY")
    asked = {"KeyId": curve, "Message": MESSAGE, "SigningAlgorithm": "ECDSA_SHA_512"}
    says = "Algorithm ECDSA_SHA_512 is incompatible with key spec ECC_NIST_P256."
    assert refusal(partial(kms.sign, **asked)) == ("InvalidKeyUsageException", says)
    says = f"{key} key usage is ENCRYPT_DECRYPT which is not valid for Sign."
    assert refusal(partial(kms.sign, **{**asked, "KeyId": key})) == ("InvalidKeyUsageException", says)
    assert refusal(partial(kms.get_public_key, KeyId=key))[0] == "UnsupportedOperationException"


@pytest.mark.parametrize("bits", [224, 256, 384, 512])
def test_macs(kms: Any, made: Callable[[str, str], str], bits: int) -> None:
    key = made(f"HMAC_{bits}", "GENERATE_VERIFY_MAC")
    asked = {"KeyId": key, "Message": MESSAGE, "MacAlgorithm": f"HMAC_SHA_{bits}"}
    mac = kms.generate_mac(**asked)["Mac"]
    assert len(mac) * 8 == bits
    assert kms.verify_mac(**asked, Mac=mac)["MacValid"] is True
    wrong = bytes([mac[0] ^ 1]) + mac[1:]
    for other in (wrong, mac[:-1], b"x"):
        assert refusal(partial(kms.verify_mac, **asked, Mac=other)) == ("KMSInvalidMacException", "")
    different = "HMAC_SHA_256" if bits != 256 else "HMAC_SHA_512"
    assert (
        refusal(partial(kms.generate_mac, **{**asked, "MacAlgorithm": different}))[0]
        == "InvalidKeyUsageException"
    )
    assert refusal(lambda: kms.generate_mac(**asked, DryRun=True))[0] == "DryRunOperationException"


@pytest.mark.parametrize("spec", ["ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521"])
def test_a_shared_secret(kms: Any, made: Callable[[str, str], str], spec: str) -> None:
    key = made(spec, "KEY_AGREEMENT")
    public: Any = load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    own = ec.generate_private_key(public.curve)
    theirs = own.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    asked = {"KeyId": key, "KeyAgreementAlgorithm": "ECDH"}
    answer = kms.derive_shared_secret(**asked, PublicKey=theirs)
    assert answer["SharedSecret"] == own.exchange(ec.ECDH(), public)
    assert answer["KeyOrigin"] == "AWS_KMS"
    strange = ec.generate_private_key(ec.SECP256K1()).public_key()
    other = strange.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for wrong in (other, b"x"):
        assert (
            refusal(partial(kms.derive_shared_secret, **asked, PublicKey=wrong))[0] == "ValidationException"
        )


@pytest.mark.parametrize("spec", ["ML_KEM_768", "ML_KEM_1024"])
def test_encapsulation(kms: Any, made: Callable[[str, str], str], spec: str) -> None:
    key = made(spec, "ENCAPSULATE_DECAPSULATE")
    public: Any = load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    secret, outside = public.encapsulate()
    inside = kms.encapsulate(KeyId=key, EncapsulationAlgorithm="ML_KEM")
    for blob, wanted in ((outside, secret), (inside["SharedSecretCiphertextBlob"], inside["SharedSecret"])):
        asked = {"KeyId": key, "EncapsulationAlgorithm": "ML_KEM", "SharedSecretCiphertextBlob": blob}
        assert kms.decapsulate(**asked)["SharedSecret"] == wanted
    asked["SharedSecretCiphertextBlob"] = b"x"
    assert refusal(partial(kms.decapsulate, **asked))[0] == "InvalidCiphertextException"


def test_what_the_library_does_not_have_is_refused_by_name(kms: Any) -> None:
    code, says = refusal(lambda: kms.create_key(KeySpec="ML_KEM_512", KeyUsage="ENCAPSULATE_DECAPSULATE"))
    assert (code, "ML_KEM_512" in says) == ("NotImplemented", True)


def test_ecdsa_is_in_der(kms: Any, made: Callable[[str, str], str]) -> None:
    """API reference, Sign: ANS X9.62-2005, RFC 3279 section 2.2.3."""
    key = made("ECC_SECG_P256K1", "SIGN_VERIFY")
    signature = kms.sign(KeyId=key, Message=MESSAGE, SigningAlgorithm="ECDSA_SHA_256")["Signature"]
    assert all(0 < number < 2**256 for number in utils.decode_dss_signature(signature))
