"""Imported key material (https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys.html).

Members, codes and sentences were recorded from the service.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.keywrap import aes_key_wrap_with_padding
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
)

from clary.kernel import FakeClock
from clary.server.loop import Controllers
from tests.support.turns import turn

DAY = 86_400
STAYS = {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
SYMMETRIC = os.urandom(32)


def refusal(call: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call()
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def wrapped(public: bytes, material: bytes, algorithm: str) -> bytes:
    """Wrap material as the guide says for OpenSSL."""
    hash = hashes.SHA1() if algorithm.endswith("SHA_1") else hashes.SHA256()
    oaep = padding.OAEP(padding.MGF1(hash), hash, None)
    key: Any = load_der_public_key(public)
    if not algorithm.startswith("RSA_AES"):
        return key.encrypt(material, oaep)
    aes = os.urandom(32)
    return key.encrypt(aes, oaep) + aes_key_wrap_with_padding(aes, material)


class Importer:
    """Imports material into keys, with one wrapping key for each test: to make one takes its time."""

    def __init__(self, kms: Any, algorithm: str = "RSAES_OAEP_SHA_256", spec: str = "RSA_2048") -> None:
        self.kms, self.algorithm, self.spec = kms, algorithm, spec

    def key(self, **more: Any) -> str:
        return self.kms.create_key(Origin="EXTERNAL", **more)["KeyMetadata"]["Arn"]

    def parameters(self, key: str) -> dict[str, Any]:
        asked = {"WrappingAlgorithm": self.algorithm, "WrappingKeySpec": self.spec}
        return self.kms.get_parameters_for_import(KeyId=key, **asked)

    def put(
        self, key: str, material: bytes, given: dict[str, Any] | None = None, **more: Any
    ) -> dict[str, Any]:
        given = given or self.parameters(key)
        blob = wrapped(given["PublicKey"], material, self.algorithm)
        expiring = {} if "ExpirationModel" in more or "ValidTo" in more else STAYS
        asked = {"KeyId": key, "ImportToken": given["ImportToken"], "EncryptedKeyMaterial": blob}
        return self.kms.import_key_material(**asked, **expiring, **more)


@pytest.fixture
def importer(kms: Any) -> Importer:
    return Importer(kms)


def test_a_symmetric_key(kms: Any, importer: Importer) -> None:
    key = importer.key()
    shown = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (shown["KeyState"], shown["Enabled"], shown["Origin"]) == ("PendingImport", False, "EXTERNAL")
    assert not {"CurrentKeyMaterialId", "ExpirationModel"} & shown.keys()
    pending = ("KMSInvalidStateException", f"{key} is pending import.")
    assert refusal(lambda: kms.encrypt(KeyId=key, Plaintext=b"x")) == pending
    given = importer.parameters(key)
    made = importer.put(key, SYMMETRIC, given)
    shown = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (shown["KeyState"], shown["ExpirationModel"]) == ("Enabled", "KEY_MATERIAL_DOES_NOT_EXPIRE")
    assert shown["CurrentKeyMaterialId"] == made["KeyMaterialId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.delete_imported_key_material(KeyId=key)
    shown = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (shown["KeyState"], "ExpirationModel" in shown) == ("PendingImport", False)
    assert refusal(lambda: kms.decrypt(CiphertextBlob=blob)) == pending
    assert refusal(lambda: importer.put(key, os.urandom(32), given))[0] == "IncorrectKeyMaterialException"
    assert importer.put(key, SYMMETRIC, given)["KeyMaterialId"] == made["KeyMaterialId"]
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def _pkcs8(private: Any) -> bytes:
    return private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(("spec", "private"), [
    ("ECC_NIST_P256", ec.generate_private_key(ec.SECP256R1())),
    ("ECC_SECG_P256K1", ec.generate_private_key(ec.SECP256K1())),
    ("ECC_NIST_EDWARDS25519", ed25519.Ed25519PrivateKey.generate()),
])  # fmt: skip
def test_a_private_key_of_a_curve(kms: Any, importer: Importer, spec: str, private: Any) -> None:
    key = importer.key(KeySpec=spec, KeyUsage="SIGN_VERIFY")
    assert "KeyMaterialId" not in importer.put(key, _pkcs8(private))
    own = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    shown = kms.get_public_key(KeyId=key)
    assert shown["PublicKey"] == own
    asked = {"KeyId": key, "Message": b"x", "SigningAlgorithm": shown["SigningAlgorithms"][0]}
    assert kms.verify(**asked, Signature=kms.sign(**asked)["Signature"])["SignatureValid"] is True
    other = _pkcs8(ec.generate_private_key(ec.SECP384R1()))
    assert refusal(lambda: importer.put(key, other))[0] == "IncorrectKeyMaterialException"


@pytest.mark.parametrize("algorithm", ["RSA_AES_KEY_WRAP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256"])
def test_an_rsa_key_is_wrapped_by_aes(kms: Any, algorithm: str) -> None:
    importer = Importer(kms, algorithm)
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    key = importer.key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    importer.put(key, _pkcs8(private))
    asked = {"KeyId": key, "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
    blob = kms.encrypt(**asked, Plaintext=b"x")["CiphertextBlob"]
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    assert private.decrypt(blob, oaep) == b"x"


def test_hmac_of_rfc_4868(kms: Any) -> None:
    """RFC 4868, section 2.7.2.1, test case AUTH256-1 (of RFC 4231): a key of 32 times 0x0b."""
    importer = Importer(kms, "RSAES_OAEP_SHA_1")
    key = importer.key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    importer.put(key, b"\x0b" * 32)
    mac = kms.generate_mac(KeyId=key, Message=b"Hi There", MacAlgorithm="HMAC_SHA_256")["Mac"]
    assert mac.hex() == "198a607eb44bfbc69903a0f1cf2bbdc5ba0aa3f3d9ae3c1c7a3b1696a0b68cf7"


def test_material_expires(
    kms: Any, importer: Importer, move: Callable[[float], None], controllers: Controllers, clock: FakeClock
) -> None:
    key, given = importer.key(), None
    given = importer.parameters(key)
    says = "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES"
    expires = {"ExpirationModel": "KEY_MATERIAL_EXPIRES"}
    assert refusal(lambda: importer.put(key, SYMMETRIC, given, **expires)) == ("ValidationException", says)
    until = datetime.fromtimestamp(clock.now() + 2 * DAY, UTC)
    importer.put(key, SYMMETRIC, given, ValidTo=until, **expires)
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["ValidTo"].timestamp() == pytest.approx(
        until.timestamp(), abs=1
    )
    move(3 * DAY)
    turn(controllers, clock, 3)
    shown = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (shown["KeyState"], "ValidTo" in shown) == ("PendingImport", False)
    assert refusal(lambda: kms.decrypt(CiphertextBlob=blob))[0] == "KMSInvalidStateException"
    assert refusal(lambda: importer.put(key, SYMMETRIC, given))[0] == "ExpiredImportTokenException"
    past = {"ValidTo": until, **expires}
    assert refusal(lambda: importer.put(key, SYMMETRIC, **past))[0] == "ValidationException"


def test_new_material_waits_for_a_rotation(kms: Any, importer: Importer) -> None:
    key = importer.key()
    says = ("KMSInvalidStateException", f"{key} is pending import.")
    assert refusal(lambda: kms.rotate_key_on_demand(KeyId=key)) == says
    given = importer.parameters(key)
    first = importer.put(key, SYMMETRIC, given, KeyMaterialDescription="one")["KeyMaterialId"]
    says = ("KMSInvalidStateException", f"No available key material pending rotation for the key: {key}.")
    assert refusal(lambda: kms.rotate_key_on_demand(KeyId=key)) == says
    old = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    new = {"ImportType": "NEW_KEY_MATERIAL"}
    second = importer.put(key, bytes(32), given, **new)["KeyMaterialId"]
    assert refusal(lambda: importer.put(key, os.urandom(32), given, **new))[0] == "KMSInvalidStateException"
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"] == first
    kms.rotate_key_on_demand(KeyId=key)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"] == second
    assert kms.decrypt(CiphertextBlob=old)["KeyMaterialId"] == first
    listed = kms.list_key_rotations(KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
    assert [(one["KeyMaterialId"], one["KeyMaterialState"], one["ImportState"]) for one in listed] == [
        (first, "NON_CURRENT", "IMPORTED"), (second, "CURRENT", "IMPORTED")
    ]  # fmt: skip
    assert listed[0]["KeyMaterialDescription"] == "one"
    kms.delete_imported_key_material(KeyId=key, KeyMaterialId=first)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingImport"
    importer.put(key, SYMMETRIC, given)
    assert kms.decrypt(CiphertextBlob=old)["Plaintext"] == b"x"


def test_a_token_is_for_one_key(kms: Any, importer: Importer, key: str) -> None:
    """The sentence about the origin was recorded."""
    one, two = importer.key(), importer.key()
    given = importer.parameters(one)
    assert refusal(lambda: importer.put(two, SYMMETRIC, given))[0] == "InvalidImportTokenException"
    assert (
        refusal(lambda: importer.put(one, SYMMETRIC, {**given, "ImportToken": b"x"}))[0]
        == "InvalidImportTokenException"
    )
    blob = {"KeyId": one, "ImportToken": given["ImportToken"], "EncryptedKeyMaterial": b"x" * 256, **STAYS}
    assert refusal(lambda: kms.import_key_material(**blob))[0] == "InvalidCiphertextException"
    assert refusal(lambda: importer.put(one, b"short", given))[0] == "IncorrectKeyMaterialException"
    says = (
        "UnsupportedOperationException",
        f"{key} origin is AWS_KMS which is not valid for this operation.",
    )
    assert refusal(lambda: importer.parameters(key)) == says
    assert refusal(lambda: kms.enable_key_rotation(KeyId=one))[0] == "UnsupportedOperationException"
    assert kms.describe_key(KeyId=one)["KeyMetadata"]["KeyState"] == "PendingImport"


@pytest.mark.parametrize(("algorithm", "key_spec", "code"), [
    ("RSAES_PKCS1_V1_5", "SYMMETRIC_DEFAULT", "UnsupportedOperationException"),
    ("RSAES_OAEP_SHA_256", "RSA_2048", "UnsupportedOperationException"),
    ("SM2PKE", "SYMMETRIC_DEFAULT", "NotImplemented"),
])  # fmt: skip
def test_what_cannot_wrap(kms: Any, algorithm: str, key_spec: str, code: str) -> None:
    importer = Importer(kms, algorithm)
    usage = "SIGN_VERIFY" if key_spec == "RSA_2048" else "ENCRYPT_DECRYPT"
    key = importer.key(KeySpec=key_spec, KeyUsage=usage)
    assert refusal(lambda: importer.parameters(key))[0] == code


def test_all_regions_have_the_same_material(kms: Any, client: Callable[..., Any], importer: Importer) -> None:
    """ "You must import the same key material into each" (Importing key material into multi-Region keys)."""
    key = importer.key(MultiRegion=True).rpartition("/")[2]
    kms.replicate_key(KeyId=key, ReplicaRegion="eu-west-1")
    there = Importer(client("kms", region_name="eu-west-1"))
    made = importer.put(key, SYMMETRIC)
    given = there.parameters(key)
    assert refusal(lambda: there.put(key, os.urandom(32), given))[0] == "IncorrectKeyMaterialException"
    assert there.put(key, SYMMETRIC, given)["KeyMaterialId"] == made["KeyMaterialId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert there.kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
