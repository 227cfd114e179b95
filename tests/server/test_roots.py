"""Clients of a platform trust what the machine trusts: a company's proxy signs with a root of its own
(aws/sagemaker-python-sdk#5108)."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from clary.cli import run_command
from clary.server.authority import Authority
from clary.server.certificates import make_ca
from clary.server.roots import certificates, places, roots
from clary_supervisor import layout
from tests.support.tls import handshake

VARIABLES = (
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "AWS_CA_BUNDLE",
    "PIP_CERT",
    "NODE_EXTRA_CA_CERTS",
    "SSL_CERT_DIR",
)


@pytest.fixture
def companys(tmp_path: Path) -> Path:
    """The root of a company, as somebody saved it: with words before it."""
    file = tmp_path / "company.pem"
    file.write_bytes(b"# our proxy\r\n" + make_ca("A company", ["example.com"])[0].replace(b"\n", b"\r\n"))
    return file


def trusted(bundle: Path) -> list[bytes]:
    return list(certificates([bundle]))


@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize("as_folder", [False, True])
def test_what_the_user_names_is_in_the_bundle(
    companys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, as_folder: bool
) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    authority = Authority(tmp_path / "ca")
    [root] = certificates([companys])
    assert root not in trusted(authority.bundle)
    monkeypatch.setenv(variable, str(companys.parent if as_folder else companys))
    assert root in trusted(Authority(tmp_path / "ca").bundle), "a home that was there before learns it too"
    handshake(authority, "localhost", authority.bundle)


def test_a_folder_of_several(companys: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    assert {companys.parent, tmp_path / "other"} <= set(
        places({"SSL_CERT_DIR": f"{tmp_path / 'other'}:{companys.parent}"})
    )


def test_the_public_roots_and_the_machines_are_there_once() -> None:
    import botocore

    public = set(trusted(Path(botocore.__file__).parent / "cacert.pem"))
    machine = set(certificates(places({})))
    found = [ssl.PEM_cert_to_DER_cert(f"{block}-----END CERTIFICATE-----") for block in _blocks(roots({}))]
    assert len(found) == len(set(found))
    assert set(found) >= public | machine


def _blocks(text: str) -> list[str]:
    return text.split("-----END CERTIFICATE-----\n")[:-1]


def test_what_is_no_certificate_spoils_nothing(companys: Path, tmp_path: Path) -> None:
    """OpenSSL refuses a whole bundle for one broken block."""
    good = companys.read_text()
    bad = "-----BEGIN CERTIFICATE-----\nbm90IGEgY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n"
    worse = "-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----\n"
    (tmp_path / "mixed.pem").write_text(bad + worse + good)
    assert trusted(tmp_path / "mixed.pem") == trusted(companys)
    absent = {"SSL_CERT_FILE": str(tmp_path / "absent"), "SSL_CERT_DIR": "", "PIP_CERT": "/dev/zero"}
    assert roots(absent) == roots({})


def test_a_key_beside_a_certificate_stays_where_it_is(tmp_path: Path) -> None:
    certificate, key = make_ca("A company", ["example.com"])
    (tmp_path / "both.pem").write_bytes(key + certificate)
    assert "PRIVATE KEY" not in roots({"SSL_CERT_FILE": str(tmp_path / "both.pem")})


def test_the_authority_of_another_home_is_not_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shell of `clary run` names the bundle of the platform that it uses."""
    one = Authority(tmp_path / "one")
    monkeypatch.setenv("SSL_CERT_FILE", str(one.bundle))
    two = Authority(tmp_path / "two")
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(one, "localhost", two.bundle)


def test_a_bundle_that_is_right_is_left_alone(tmp_path: Path) -> None:
    before = Authority(tmp_path / "ca").bundle.stat()
    assert Authority(tmp_path / "ca").bundle.stat().st_ino == before.st_ino


def test_jobs_and_commands_have_the_same_variables() -> None:
    assert layout.BUNDLES == run_command.BUNDLES
