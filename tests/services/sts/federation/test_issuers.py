"""Which tokens are believed: forms, signatures, keys, and the certificates of issuers.

Oracle: RFC 7515 to RFC 7519, OpenID Connect Discovery 1.0; IAM User Guide ("Create an OpenID Connect (OIDC) identity
provider", "Obtain the thumbprint for an OpenID Connect identity provider"). Sentences: as in test_web_identity.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from cryptography.hazmat.primitives.asymmetric import ec

from clary.kernel import FakeClock
from tests.support.issuers import Issuer, curve_key, encoded, issuer_on_loopback, rsa_key, signed
from tests.support.principals import Client, trust
from tests.support.refusals import refusal

Work = Callable[..., str]


@pytest.mark.parametrize("curve", [ec.SECP256R1, ec.SECP384R1, ec.SECP521R1])
def test_keys_of_curves(assume: Any, work: Work, issuer: Issuer, curve: type[ec.EllipticCurve]) -> None:
    issuer.keys = [curve_key(curve.name, curve)]
    assert assume(work(), issuer.token())["Credentials"]


def test_what_is_no_token(assume: Any, work: Work, issuer: Issuer) -> None:
    role = work()
    head, body, signature = issuer.token().split(".")
    none = encoded(json.dumps({"alg": "none"}).encode())
    symmetric = encoded(json.dumps({"alg": "HS256", "kid": "first"}).encode())
    critical = signed(rsa_key(), issuer.claims(), crit=["exp"], exp=1)
    twice = encoded(b'{"iss":"a","iss":"b"}')
    half = encoded(b'{"iss":"\\ud800"}')
    for text in (
        "text", "aa.bb", f"{none}.{body}.", f"{symmetric}.{body}.{signature}", critical,
        f"{head}.{twice}.{signature}", f"{head}.{half}.{signature}", f"{head}.{body}.{signature}.more", f"{head}.{body}=.{signature}",
    ):  # fmt: skip
        assert refusal(lambda text=text: assume(role, text)) == (
            "InvalidIdentityToken",
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
        )


def test_signatures_that_do_not_hold(assume: Any, work: Work, issuer: Issuer) -> None:
    role = work()
    head, body, signature = issuer.token().split(".")
    _, other, _ = issuer.token(sub="system:serviceaccount:ml:admin").split(".")
    forged = signed(rsa_key("other"), issuer.claims(), kid="first")
    curve = signed(curve_key("c"), issuer.claims(), kid="first", alg="RS256")
    empty = f"{head}.{body}."
    for token in (f"{head}.{other}.{signature}", forged, curve, empty):
        assert refusal(lambda token=token: assume(role, token))[0] == "InvalidIdentityToken"


def test_keys_are_asked_for_once(assume: Any, work: Work, issuer: Issuer) -> None:
    role = work()
    for _ in range(3):
        assume(role, issuer.token())
    assert issuer.asked == ["/.well-known/openid-configuration", "/keys"]


def test_a_new_key_is_asked_for(assume: Any, work: Work, issuer: Issuer, clock: FakeClock) -> None:
    """A caller who invents key ids cannot make the platform ask an issuer more than once in ten seconds."""
    role = work()
    assume(role, issuer.token())
    issuer.keys = [rsa_key("second")]
    assert refusal(lambda: assume(role, issuer.token()))[0] == "InvalidIdentityToken"
    assert len(issuer.asked) == 2
    clock.advance(11)
    assert assume(role, issuer.token())["Credentials"]
    for _ in range(5):
        with pytest.raises(Exception, match="InvalidIdentityToken"):
            assume(role, signed(rsa_key("third"), issuer.claims()))
    assert len(issuer.asked) == 4


@pytest.mark.parametrize(
    "documents",
    [
        {"/keys": b"no JSON"},
        {"/keys": b'{"keys": 1}'},
        {"/keys": b'{"keys": []}'},
        {"/keys": b" " * (300 << 10)},
        {"/.well-known/openid-configuration": b"[]"},
        {"/.well-known/openid-configuration": b'{"issuer": "https://elsewhere", "jwks_uri": "https://localhost/k"}'},
        {"/.well-known/openid-configuration": b'{"jwks_uri": "http://localhost/keys"}'},
    ],
)  # fmt: skip
def test_documents_that_are_not_taken(
    assume: Any, work: Work, issuer: Issuer, documents: dict[str, bytes]
) -> None:
    issuer.documents = documents
    assert refusal(lambda: assume(work(), issuer.token())) == (
        "InvalidIdentityToken",
        "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity "
        "documentation for requirements",
    )


def test_short_keys_are_not_taken(assume: Any, work: Work, issuer: Issuer) -> None:
    issuer.keys = [rsa_key("short", 1024)]
    assert refusal(lambda: assume(work(), issuer.token()))[0] == "InvalidIdentityToken"


def test_a_certificate_without_its_thumbprint(
    client: Client, assume: Any, work: Work, provider: str, issuer: Issuer
) -> None:
    role = work()
    update = client("iam").update_open_id_connect_provider_thumbprint
    update(OpenIDConnectProviderArn=provider, ThumbprintList=["0" * 40])
    assert refusal(lambda: assume(role, issuer.token())) == (
        "InvalidIdentityToken",
        "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint",
    )
    assert issuer.asked == []
    update(OpenIDConnectProviderArn=provider, ThumbprintList=[issuer.thumbprint])
    assert assume(role, issuer.token())["Credentials"]


def test_a_certificate_of_another_host(client: Client, assume: Any, tmp_path: Path) -> None:
    """A thumbprint lets its authority speak for the host that is registered, not for any host ("Obtain the thumbprint for
    an OpenID Connect identity provider")."""
    with issuer_on_loopback(tmp_path, host="elsewhere.example") as issuer:
        arn = client("iam").create_open_id_connect_provider(
            Url=issuer.url, ClientIDList=["sts.amazonaws.com"], ThumbprintList=[issuer.thumbprint]
        )["OpenIDConnectProviderArn"]
        trusted = trust({"Federated": arn}, "sts:AssumeRoleWithWebIdentity")
        role = client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=trusted)["Role"]["Arn"]
        assert refusal(lambda: assume(role, issuer.token()))[1].endswith(
            "doesn't match configured thumbprint"
        )
        assert issuer.asked == []


def test_an_issuer_that_is_not_there(client: Client, assume: Any, tmp_path: Path) -> None:
    with issuer_on_loopback(tmp_path) as issuer:
        arn = client("iam").create_open_id_connect_provider(
            Url=issuer.url, ClientIDList=["sts.amazonaws.com"], ThumbprintList=[issuer.thumbprint]
        )["OpenIDConnectProviderArn"]
        trusted = trust({"Federated": arn}, "sts:AssumeRoleWithWebIdentity")
        role = client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=trusted)["Role"]["Arn"]
    once = client("sts", key="", secret="", config=Config(retries={"total_max_attempts": 1}))
    assert refusal(
        lambda: once.assume_role_with_web_identity(
            RoleArn=role, RoleSessionName="ss", WebIdentityToken=issuer.token()
        )
    ) == ("IDPCommunicationError", f"The identity provider {issuer.name} could not be reached.")
