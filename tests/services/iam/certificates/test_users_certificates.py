"""Signing certificates and SSH public keys of users. Oracle: API reference (UploadSigningCertificate, UploadSSHPublicKey and
others), IAM quotas."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from tests.support.certificates import issued
from tests.support.refusals import error_of, refusal


def test_a_signing_certificate_from_its_upload_to_its_end(iam: Any, now: float) -> None:
    body = issued("ann", now).body
    made = iam.upload_signing_certificate(UserName="ann", CertificateBody=body)["Certificate"]
    assert (made["UserName"], made["CertificateBody"], made["Status"]) == ("ann", body, "Active")
    assert len(made["CertificateId"]) == 32
    named = {"UserName": "ann", "CertificateId": made["CertificateId"]}
    iam.update_signing_certificate(**named, Status="Inactive")
    (listed,) = iam.list_signing_certificates(UserName="ann")["Certificates"]
    assert listed == {**made, "Status": "Inactive"}
    left = error_of(lambda: iam.delete_user(UserName="ann"))
    assert left == ("DeleteConflict", "Cannot delete entity, must delete signing certificates first.", 409)
    iam.delete_signing_certificate(**named)
    assert error_of(lambda: iam.delete_signing_certificate(**named))[0] == "NoSuchEntity"
    iam.delete_user(UserName="ann")


def test_signing_certificates_that_are_refused(iam: Any, now: float) -> None:
    def upload(body: str, user: str = "ann") -> Any:
        return iam.upload_signing_certificate(UserName=user, CertificateBody=body)

    iam.create_user(UserName="bob")
    upload(issued("one", now).body)
    assert error_of(lambda: upload(issued("one", now).body, "bob"))[::2] == ("DuplicateCertificate", 409)
    assert refusal(lambda: upload("no certificate"))[0] == "MalformedCertificate"
    assert refusal(lambda: upload(issued("old", now, "", -2, -1).body))[0] == "InvalidCertificate"
    upload(issued("two", now).body)
    over = refusal(lambda: upload(issued("three", now).body))
    assert over == ("LimitExceeded", "Cannot exceed quota for CertificatesPerUser: 2")
    assert refusal(lambda: upload(issued("three", now).body, "nobody"))[0] == "NoSuchEntity"


@cache
def _key(number: int = 0, bits: int = 2048) -> rsa.RSAPublicKey:
    return rsa.generate_private_key(65537, bits).public_key()


def _ssh(key: Any) -> str:
    encoding, form = serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    return key.public_bytes(encoding, form).decode()


def _pem(key: Any) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.PEM, form).decode()


def test_an_ssh_key_from_its_upload_to_its_end(iam: Any) -> None:
    body = f"{_ssh(_key())} ann@laptop"
    made = iam.upload_ssh_public_key(UserName="ann", SSHPublicKeyBody=body)["SSHPublicKey"]
    assert (made["SSHPublicKeyBody"], made["Status"]) == (body, "Active")
    assert made["SSHPublicKeyId"].startswith("APKA")
    digest = hashlib.md5(b64decode(body.split()[1])).hexdigest()
    assert made["Fingerprint"] == ":".join(digest[at : at + 2] for at in range(0, 32, 2))
    named = {"UserName": "ann", "SSHPublicKeyId": made["SSHPublicKeyId"]}
    assert iam.get_ssh_public_key(**named, Encoding="PEM")["SSHPublicKey"]["SSHPublicKeyBody"] == _pem(_key())
    assert iam.get_ssh_public_key(**named, Encoding="SSH")["SSHPublicKey"]["SSHPublicKeyBody"] == _ssh(_key())
    iam.update_ssh_public_key(**named, Status="Inactive")
    (listed,) = iam.list_ssh_public_keys(UserName="ann")["SSHPublicKeys"]
    assert (listed["Status"], "SSHPublicKeyBody" in listed) == ("Inactive", False)
    assert refusal(lambda: iam.update_ssh_public_key(**named, Status="Expired"))[0] == "InvalidInput"
    assert refusal(lambda: iam.delete_user(UserName="ann"))[0] == "DeleteConflict"
    iam.delete_ssh_public_key(**named)
    assert refusal(lambda: iam.get_ssh_public_key(**named, Encoding="SSH"))[0] == "NoSuchEntity"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("plain text", "UnrecognizedPublicKeyEncoding"),
        ("ssh-rsa AAAA", "InvalidPublicKey"),
        ("-----BEGIN PUBLIC KEY-----\nQUJD\n-----END PUBLIC KEY-----", "InvalidPublicKey"),
        (_ssh(ed25519.Ed25519PrivateKey.generate().public_key()), "InvalidPublicKey"),
        (_ssh(_key(bits=1024)), "InvalidPublicKey"),
    ],
    ids=["text", "cut", "PEM", "Ed25519", "1024 bits"],
)
def test_ssh_keys_that_are_refused(iam: Any, body: str, code: str) -> None:
    assert refusal(lambda: iam.upload_ssh_public_key(UserName="ann", SSHPublicKeyBody=body))[0] == code


def test_one_key_in_both_encodings(iam: Any) -> None:
    iam.upload_ssh_public_key(UserName="ann", SSHPublicKeyBody=_ssh(_key()))
    again = refusal(lambda: iam.upload_ssh_public_key(UserName="ann", SSHPublicKeyBody=_pem(_key())))
    assert again[0] == "DuplicateSSHPublicKey"
    iam.create_user(UserName="bob")
    iam.upload_ssh_public_key(UserName="bob", SSHPublicKeyBody=_pem(_key()))
