"""Encrypt, Decrypt, ReEncrypt and data keys (https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html).

Codes and sentences were recorded from the service.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_der_public_key

from clary.plane import Platform

CONTEXT = {"purpose": "test", "who": "é"}


def refusal(call: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call()
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def test_what_was_encrypted_is_decrypted_without_naming_the_key(kms: Any, key: str) -> None:
    made = kms.encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext=CONTEXT)
    read = kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext=CONTEXT)
    assert (read["Plaintext"], read["KeyId"], read["EncryptionAlgorithm"]) == (
        b"secret",
        key,
        "SYMMETRIC_DEFAULT",
    )
    assert read["KeyMaterialId"] == kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]
    again = kms.encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext=CONTEXT)
    assert again["CiphertextBlob"] != made["CiphertextBlob"]


@pytest.mark.parametrize(
    "context", [{}, {"purpose": "test"}, {**CONTEXT, "more": ""}, {"purpose": "testwho", "é": ""}]
)
def test_another_context_opens_nothing(kms: Any, key: str, context: dict[str, str]) -> None:
    blob = kms.encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext=CONTEXT)["CiphertextBlob"]
    call = lambda: kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)  # noqa: E731
    assert refusal(call) == ("InvalidCiphertextException", "")


def test_a_damaged_ciphertext_is_refused_wherever_the_damage_is(kms: Any, key: str) -> None:
    blob = kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    for place in range(0, len(blob), 7):
        damaged = blob[:place] + bytes([blob[place] ^ 1]) + blob[place + 1 :]
        code, _ = refusal(lambda: kms.decrypt(CiphertextBlob=damaged, KeyId=key))  # noqa: B023
        assert code in ("InvalidCiphertextException", "IncorrectKeyException")
    for short in (b"x", blob[:40], blob[:-1], blob + b"x"):
        assert refusal(lambda: kms.decrypt(CiphertextBlob=short))[0] == "InvalidCiphertextException"  # noqa: B023


def test_a_ciphertext_is_of_one_key(kms: Any, key: str) -> None:
    blob = kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    another = kms.create_key()["KeyMetadata"]["KeyId"]
    says = "The key ID in the request does not identify a CMK that can perform this operation."
    assert refusal(lambda: kms.decrypt(CiphertextBlob=blob, KeyId=another)) == ("IncorrectKeyException", says)
    asked = {"CiphertextBlob": blob, "SourceKeyId": another, "DestinationKeyId": key}
    assert refusal(lambda: kms.re_encrypt(**asked)) == ("IncorrectKeyException", says)


def test_a_ciphertext_goes_to_another_key(kms: Any, key: str) -> None:
    blob = kms.encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext=CONTEXT)["CiphertextBlob"]
    another = kms.create_key()["KeyMetadata"]["Arn"]
    moved = kms.re_encrypt(
        CiphertextBlob=blob,
        SourceEncryptionContext=CONTEXT,
        DestinationKeyId=another,
        DestinationEncryptionContext={"now": "there"},
    )
    assert (moved["SourceKeyId"], moved["KeyId"]) == (key, another)
    assert moved["SourceKeyMaterialId"] != moved["DestinationKeyMaterialId"]
    read = kms.decrypt(CiphertextBlob=moved["CiphertextBlob"], EncryptionContext={"now": "there"})
    assert (read["Plaintext"], read["KeyId"]) == (b"secret", another)


@pytest.mark.parametrize(("asked", "size"), [({"KeySpec": "AES_128"}, 16), ({"NumberOfBytes": 1024}, 1024)])
def test_a_data_key(kms: Any, key: str, asked: dict[str, Any], size: int) -> None:
    made = kms.generate_data_key(KeyId=key, EncryptionContext=CONTEXT, **asked)
    assert len(made["Plaintext"]) == size
    assert made["KeyId"] == key
    read = kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext=CONTEXT)
    assert read["Plaintext"] == made["Plaintext"]
    closed = kms.generate_data_key_without_plaintext(KeyId=key, **asked)
    assert "Plaintext" not in closed
    assert len(kms.decrypt(CiphertextBlob=closed["CiphertextBlob"])["Plaintext"]) == size


def test_a_data_key_has_one_size(kms: Any, key: str) -> None:
    says = "Please specify either number of bytes or key spec."
    for asked in ({}, {"KeySpec": "AES_128", "NumberOfBytes": 16}):
        assert refusal(lambda: kms.generate_data_key(KeyId=key, **asked))[1] == says  # noqa: B023


@pytest.mark.parametrize("spec", ["RSA_2048", "ECC_NIST_P384", "ECC_SECG_P256K1", "ECC_NIST_EDWARDS25519"])
def test_a_pair_of_data_keys(kms: Any, key: str, spec: str) -> None:
    made = kms.generate_data_key_pair(KeyId=key, KeyPairSpec=spec, EncryptionContext=CONTEXT)
    read = kms.decrypt(CiphertextBlob=made["PrivateKeyCiphertextBlob"], EncryptionContext=CONTEXT)
    assert read["Plaintext"] == made["PrivateKeyPlaintext"]
    private, public = load_der_private_key(read["Plaintext"], None), load_der_public_key(made["PublicKey"])
    assert private.public_key() == public
    closed = kms.generate_data_key_pair_without_plaintext(KeyId=key, KeyPairSpec=spec)
    assert "PrivateKeyPlaintext" not in closed


@pytest.mark.parametrize(("algorithm", "hash", "most"), [
    ("RSAES_OAEP_SHA_1", hashes.SHA1(), 214), ("RSAES_OAEP_SHA_256", hashes.SHA256(), 190)
])  # fmt: skip
def test_rsa(kms: Any, algorithm: str, hash: hashes.HashAlgorithm, most: int) -> None:
    """The public half encrypts outside of KMS as well. 190 bytes: a recorded sentence."""
    key = kms.create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["Arn"]
    public: Any = load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    outside = public.encrypt(b"x" * most, padding.OAEP(padding.MGF1(hash), hash, None))
    inside = kms.encrypt(KeyId=key, Plaintext=b"x" * most, EncryptionAlgorithm=algorithm)["CiphertextBlob"]
    for blob in (outside, inside):
        asked = {"KeyId": key, "CiphertextBlob": blob, "EncryptionAlgorithm": algorithm}
        assert kms.decrypt(**asked)["Plaintext"] == b"x" * most
    too_long = lambda: kms.encrypt(KeyId=key, Plaintext=b"x" * (most + 1), EncryptionAlgorithm=algorithm)  # noqa: E731
    says = f"Algorithm {algorithm} and key spec RSA_2048 cannot encrypt data larger than {most} bytes."
    assert refusal(too_long) == ("ValidationException", says)
    assert (
        refusal(lambda: kms.decrypt(**{**asked, "CiphertextBlob": b"x" * 256}))[0]
        == "InvalidCiphertextException"
    )
    assert refusal(lambda: kms.encrypt(KeyId=key, Plaintext=b"x"))[0] == "InvalidKeyUsageException"


def test_a_key_for_something_else(kms: Any) -> None:
    """The sentence: jonathankeebler/jwt-kms#4."""
    key = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["Arn"]
    says = f"{key} key usage is GENERATE_VERIFY_MAC which is not valid for Encrypt."
    assert refusal(lambda: kms.encrypt(KeyId=key, Plaintext=b"x")) == ("InvalidKeyUsageException", says)


def test_a_dry_run_does_nothing(kms: Any, key: str) -> None:
    says = "The request would have succeeded, but the DryRun option is set."
    call = lambda: kms.generate_data_key(KeyId=key, KeySpec="AES_256", DryRun=True)  # noqa: E731
    assert refusal(call) == ("DryRunOperationException", says)
    kms.disable_key(KeyId=key)
    assert refusal(call)[0] == "DisabledException"


def test_random_bytes(kms: Any) -> None:
    assert len(kms.generate_random(NumberOfBytes=1024)["Plaintext"]) == 1024
    assert refusal(lambda: kms.generate_random()) == ("ValidationException", "NumberOfBytes is required.")
    assert refusal(lambda: kms.generate_random(NumberOfBytes=8, CustomKeyStoreId="x"))[0] == "NotImplemented"


def test_an_enclave_is_refused_by_name(kms: Any, key: str) -> None:
    recipient = {"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": b"x"}
    code, says = refusal(lambda: kms.generate_data_key(KeyId=key, KeySpec="AES_256", Recipient=recipient))
    assert (code, "Recipient" in says) == ("NotImplemented", True)


def test_no_material_is_stored_in_the_clear(kms: Any, key: str, platform: Platform) -> None:
    """What was sealed can be opened with the sealing key alone, which is in a file of its own."""
    kms.encrypt(KeyId=key, Plaintext=b"x")
    file = platform.settings.home / "sealing-key"
    assert file.stat().st_mode & 0o777 == 0o600
    with platform.store.read() as tx:
        ((sealed,),) = tx.sql("select sealed from kms_material")
    assert len(bytes(sealed)) == 32 + 49
    database = (platform.settings.home / "clary.db").read_bytes()
    assert bytes.fromhex(file.read_text()) not in database
    assert file.read_text().strip().encode() not in database


def test_a_row_that_is_moved_to_another_key_cannot_be_opened(kms: Any, key: str, platform: Platform) -> None:
    another = kms.create_key()["KeyMetadata"]["KeyId"]
    with platform.store.write() as tx:
        ((sealed,),) = tx.sql("select sealed from kms_material where key_id = ?", key.rpartition("/")[2])
        tx.sql("update kms_material set sealed = ? where key_id = ?", sealed, another)
    assert refusal(lambda: kms.encrypt(KeyId=another, Plaintext=b"x"))[0] == "KMSInternalException"
