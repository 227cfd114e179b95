"""Server certificates. Oracle: API reference (UploadServerCertificate and others), IAM User Guide ("Manage server certificates
in IAM"); messages as users report them from AWS (aws-cli #715, lego #304, aws-sdk-go #2586)."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

from clary.plane import Platform
from tests.support.certificates import issued
from tests.support.refusals import error_of, refusal

ACCOUNT = "111122223333"
_CHAIN = (
    "Unable to validate certificate chain. The certificate chain must start with the immediate signing certificate, followed "
    "by any intermediaries in order. The index within the chain of the invalid certificate is: {}"
)


def _upload(iam: Any, now: float, name: str = "web", **more: Any) -> dict[str, Any]:
    leaf = issued("leaf", now, "middle/top")
    given = {"CertificateBody": leaf.body, "PrivateKey": leaf.key, **more}
    return iam.upload_server_certificate(ServerCertificateName=name, **given)["ServerCertificateMetadata"]


def test_from_its_upload_to_its_end(iam: Any, now: float, platform: Platform) -> None:
    chain = issued("middle", now, "top").body + issued("top", now).body
    made = _upload(iam, now, Path="/cloudfront/", CertificateChain=chain, Tags=[{"Key": "a", "Value": "b"}])
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:server-certificate/cloudfront/web"
    assert made["ServerCertificateId"].startswith("ASCA")
    assert made["Expiration"] == issued("leaf", now, "middle/top").certificate.not_valid_after_utc
    shown = iam.get_server_certificate(ServerCertificateName="web")["ServerCertificate"]
    assert shown["ServerCertificateMetadata"] == made
    assert (shown["CertificateBody"], shown["CertificateChain"]) == (
        issued("leaf", now, "middle/top").body,
        chain,
    )
    assert shown["Tags"] == [{"Key": "a", "Value": "b"}]
    assert iam.list_server_certificates(PathPrefix="/cloudfront/")["ServerCertificateMetadataList"] == [made]
    assert iam.list_server_certificates(PathPrefix="/other/")["ServerCertificateMetadataList"] == []
    assert iam.get_account_summary()["SummaryMap"]["ServerCertificates"] == 1
    iam.update_server_certificate(ServerCertificateName="web", NewServerCertificateName="site", NewPath="/")
    moved = iam.get_server_certificate(ServerCertificateName="site")["ServerCertificate"]
    assert moved["ServerCertificateMetadata"]["Arn"] == f"arn:aws:iam::{ACCOUNT}:server-certificate/site"
    assert moved["Tags"] == shown["Tags"]
    with platform.store.read() as tx:
        kept = str(tx.sql("SELECT doc FROM iam_entity WHERE kind = 'server-certificate'"))
    assert "PRIVATE KEY" not in kept
    iam.delete_server_certificate(ServerCertificateName="site")
    missing = error_of(lambda: iam.get_server_certificate(ServerCertificateName="site"))
    assert missing == ("NoSuchEntity", "The Server Certificate with name site cannot be found.", 404)


def test_a_name_is_given_once(iam: Any, now: float) -> None:
    _upload(iam, now)
    taken = error_of(lambda: _upload(iam, now))
    assert taken == ("EntityAlreadyExists", "The Server Certificate with name web already exists.", 409)


def test_tags(iam: Any, now: float) -> None:
    _upload(iam, now)
    named = {"ServerCertificateName": "web"}
    iam.tag_server_certificate(**named, Tags=[{"Key": "a", "Value": "b"}, {"Key": "c", "Value": "d"}])
    iam.untag_server_certificate(**named, TagKeys=["a"])
    assert iam.list_server_certificate_tags(**named)["Tags"] == [{"Key": "c", "Value": "d"}]


@pytest.mark.parametrize(
    "body", ["no certificate", "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----"]
)
def test_what_is_no_certificate(iam: Any, now: float, body: str) -> None:
    refused = error_of(lambda: _upload(iam, now, CertificateBody=body))
    message = "Unable to parse certificate. Please ensure the certificate is in PEM format."
    assert refused == ("MalformedCertificate", message, 400)


def test_another_certificates_key(iam: Any, now: float) -> None:
    assert refusal(lambda: _upload(iam, now, PrivateKey=issued("top", now).key))[0] == "KeyPairMismatch"
    assert refusal(lambda: _upload(iam, now, PrivateKey="no key"))[0] == "MalformedCertificate"
    encrypted = issued("leaf", now, "middle/top").private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
    assert refusal(lambda: _upload(iam, now, PrivateKey=encrypted.decode()))[0] == "MalformedCertificate"
    assert iam.list_server_certificates()["ServerCertificateMetadataList"] == []


def test_a_chain_out_of_order(iam: Any, now: float) -> None:
    top, middle = issued("top", now).body, issued("middle", now, "top").body
    first = refusal(lambda: _upload(iam, now, CertificateChain=top + middle))
    assert first == ("MalformedCertificate", _CHAIN.format(-1))
    second = refusal(lambda: _upload(iam, now, CertificateChain=middle + middle))
    assert second == ("MalformedCertificate", _CHAIN.format(0))


@pytest.mark.parametrize(("begins", "ends"), [(1, 2), (-2, -1)])
def test_a_certificate_that_is_not_valid_today(iam: Any, now: float, begins: int, ends: int) -> None:
    """ "The certificate must be valid at the time of upload" (IAM User Guide)."""
    made = issued("late", now, "", begins, ends)
    refused = refusal(lambda: _upload(iam, now, CertificateBody=made.body, PrivateKey=made.key))
    assert refused[0] == "MalformedCertificate"


def test_twenty_are_all_there_are(iam: Any, now: float) -> None:
    for number in range(20):
        _upload(iam, now, f"web-{number}")
    assert refusal(lambda: _upload(iam, now, "web-20"))[0] == "LimitExceeded"
    assert len(iam.list_server_certificates()["ServerCertificateMetadataList"]) == 20
