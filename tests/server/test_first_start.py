"""The first start of a home: it is created once, however many processes start it, and is consistent and private."""

from __future__ import annotations

import json
import os
import ssl
import stat
import subprocess
import sys
import warnings
from contextlib import nullcontext
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from clary.cli.sealed import opened_file
from clary.server.authority import Authority, is_aws_host
from clary.server.home import Home, read_json, write_private
from tests.support.tls import handshake, handshake_with

FOUND = """
import sys
from clary.server.assemble import Options, assemble
from clary.cli.sealed import opened_file
from clary.server.home import Home
from clary.store.api import Query
platform = assemble(Home.at(sys.argv[1]), Options())
print(open(platform.settings.ca_bundle).read()[:600])
"""


def test_many_founders_make_one_home(tmp_path: Path) -> None:
    words = [sys.executable, "-c", FOUND, str(tmp_path / "home")]
    founders = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _ in range(5)]
    said = {founder.communicate(timeout=60)[0] for founder in founders}
    assert [founder.returncode for founder in founders] == [0] * 5
    assert len(said) == 1, "they trust different authorities"
    ca = tmp_path / "home" / "ca"
    certificate = x509.load_pem_x509_certificate((ca / "ca.pem").read_bytes())
    key = serialization.load_pem_private_key(opened_file(tmp_path / "home", ca / "ca.key"), None)
    public = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert key.public_key().public_bytes(*public) == certificate.public_key().public_bytes(*public)
    assert (ca / "bundle.pem").read_bytes().startswith((ca / "ca.pem").read_bytes())
    identity = json.loads((tmp_path / "home" / "identity.json").read_text())
    assert len(identity["account"]) == 12


@pytest.mark.parametrize(
    "name", ["sts.us-east-1.amazonaws.com", "b.s3.amazonaws.com", "localhost", "b.localhost", "127.0.0.1"]
)
def test_a_leaf_fits_the_name_that_is_asked_for(tmp_path: Path, name: str) -> None:
    authority = Authority(tmp_path / "ca")
    handshake(authority, name, authority.certificate_path)
    handshake(authority, name, authority.bundle)
    handshake(Authority(tmp_path / "ca"), name, authority.certificate_path)  # the same after a restart


def test_a_foreign_name_gets_no_certificate_of_its_own(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(authority, "example.com", authority.certificate_path)


def test_the_ca_cannot_vouch_for_the_rest_of_the_web(tmp_path: Path) -> None:
    """RFC 5280, 4.2.1.10: a certificate for a name outside of its issuer's constraints is not valid."""
    authority = Authority(tmp_path / "ca", ["clary.example"])
    for name, valid in (
        ("sts.amazonaws.com", True),
        ("clary.example", True),
        ("bucket.clary.example", True),
        ("example.com", False),
        ("amazonaws.com.example.org", False),
    ):
        context = authority._make_context(name)  # whatever name is asked for, as a thief of the key could
        with (
            nullcontext() if valid else pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree")
        ):
            handshake_with(context, name, authority.certificate_path)


def test_nothing_older_than_tls_1_2_is_spoken(tmp_path: Path) -> None:
    """RFC 8996 deprecates TLS 1.0 and 1.1."""
    authority = Authority(tmp_path / "ca")
    client = ssl.create_default_context(cafile=str(authority.certificate_path))
    client.set_ciphers("DEFAULT:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        client.minimum_version = client.maximum_version = ssl.TLSVersion.TLSv1_1
    near_in, near_out = ssl.MemoryBIO(), ssl.MemoryBIO()
    near = client.wrap_bio(near_in, near_out, server_hostname="localhost")
    far = authority.server_context().wrap_bio(near_out, near_in, server_side=True)
    with pytest.raises(ssl.SSLWantReadError):
        near.do_handshake()
    with pytest.raises(ssl.SSLError, match=r"(?i)version|protocol"):
        far.do_handshake()


def test_another_authority_is_not_believed(tmp_path: Path) -> None:
    one, two = Authority(tmp_path / "one"), Authority(tmp_path / "two")
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(one, "localhost", two.certificate_path)


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        ("sts.amazonaws.com", True),
        ("s3.cn-north-1.amazonaws.com.cn", True),
        ("api.sagemaker.us-east-1.amazonaws.com", True),
        ("monitoring.eu-west-1.api.aws", True),
        ("amazonaws.com.example.org", False),
        ("evilamazonaws.com", False),
        ("example.com", False),
        ("", False),
    ],
)
def test_which_hosts_are_awss(host: str, is_ours: bool) -> None:
    assert is_aws_host(host) is is_ours


def test_a_private_file_is_whole_and_closed(tmp_path: Path) -> None:
    write_private(tmp_path / "f", "one")
    write_private(tmp_path / "f", "two", replace=False)
    assert (tmp_path / "f").read_text() == "one"
    write_private(tmp_path / "f", b"three")
    assert (tmp_path / "f").read_bytes() == b"three"
    assert stat.S_IMODE((tmp_path / "f").stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["f"]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_private(tmp_path / "f", "old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_private(tmp_path / "f", "new")
    assert (tmp_path / "f").read_text() == "old"
    assert os.listdir(tmp_path) == ["f"]


def test_half_a_json_is_none(tmp_path: Path) -> None:
    (tmp_path / "j").write_text('{"pid": 1')
    assert read_json(tmp_path / "j") is None
    assert read_json(tmp_path / "missing") is None


def test_a_deep_home_has_short_sockets(tmp_path: Path) -> None:
    home = Home.at(tmp_path / ("d" * 60) / ("e" * 60))
    path = home.bell("controllers")
    assert len(path) < 108
    assert stat.S_IMODE(os.stat(os.path.dirname(path)).st_mode) == 0o700
    os.rmdir(os.path.dirname(path))
