"""AssumeRoleWithSAML as boto3 sees it.

Oracle: STS API reference (AssumeRoleWithSAML); IAM User Guide ("Configure SAML assertions for the authentication response",
"Troubleshoot SAML federation with IAM", which has the sentences; "Available keys for SAML-based AWS STS federation").
"""

from __future__ import annotations

import base64
import hashlib
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from clary.kernel import FakeClock
from tests.inprocess import InProcess
from tests.services.sts.federation.conftest import PROVIDER, ROLE, USUAL
from tests.support import saml
from tests.support.principals import ACCOUNT, Client, as_session, policy, trust
from tests.support.refusals import refusal

DENIED = ("AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML")


@pytest.fixture(autouse=True)
def provider(client: Client) -> str:
    made = client("iam").create_saml_provider(Name="Corp", SAMLMetadataDocument=saml.metadata())
    return made["SAMLProviderArn"]


@pytest.fixture
def analyst(client: Client) -> Callable[..., None]:
    """`analyst(Condition, Action)`: make or change the role, which trusts the provider."""

    def make(condition: dict[str, Any] | None = None, action: Any = "sts:AssumeRoleWithSAML") -> None:
        more = {"Condition": condition} if condition else {}
        document = trust({"Federated": PROVIDER}, action, **more)
        iam = client("iam")
        if [role for role in iam.list_roles()["Roles"] if role["RoleName"] == "analyst"]:
            iam.update_assume_role_policy(RoleName="analyst", PolicyDocument=document)
        else:
            iam.create_role(RoleName="analyst", AssumeRolePolicyDocument=document)

    make()
    return make


@pytest.fixture
def assume(client: Client, analyst: Any) -> Callable[..., Any]:
    def call(assertion: Any, **more: Any) -> Any:
        sts = client("sts", key="", secret="")
        text = assertion if isinstance(assertion, str) else saml.encoded(assertion)
        return sts.assume_role_with_saml(
            **{"RoleArn": ROLE, "PrincipalArn": PROVIDER, "SAMLAssertion": text, **more}
        )

    return call


def signed(attributes: dict[str, Any] | None = None, **said: Any) -> Any:
    return saml.with_signed_assertion(saml.response({**USUAL, **(attributes or {})}, **said))


def test_a_user_gets_a_role(client: Client, app: InProcess, assume: Any) -> None:
    answer = assume(signed())
    assert "Authorization" not in app.requests[-1].headers
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/analyst/ann@example.com"
    assert (answer["Subject"], answer["SubjectType"]) == ("ann", "persistent")
    assert (answer["Issuer"], answer["Audience"]) == (saml.ENTITY, "https://signin.aws.amazon.com/saml")
    # BASE64 ( SHA1 ( issuer + account + "/" + name of the provider ) ), says the API reference.
    qualifier = base64.b64encode(hashlib.sha1(f"{saml.ENTITY}{ACCOUNT}/Corp".encode()).digest()).decode()
    assert answer["NameQualifier"] == qualifier
    session = as_session(answer["Credentials"])
    assert client("sts", **session).get_caller_identity()["Arn"] == answer["AssumedRoleUser"]["Arn"]


def test_the_whole_response_may_be_signed(assume: Any) -> None:
    assert assume(saml.sign(saml.response(USUAL)))["Subject"] == "ann"


def test_an_order_of_the_pair_and_several_pairs(assume: Any) -> None:
    pairs = [f"{ROLE}-other,{PROVIDER}", f"{PROVIDER}, {ROLE}"]
    assert assume(signed({f"{saml.AWS}Role": pairs}))["Credentials"]


@pytest.mark.parametrize(
    "value", [f"{ROLE}-other,{PROVIDER}", f"{ROLE},{PROVIDER}x", ROLE, f"{ROLE},{PROVIDER},{ROLE}x", ""]
)
def test_a_role_that_the_assertion_does_not_name(assume: Any, value: str) -> None:
    assert refusal(lambda: assume(signed({f"{saml.AWS}Role": value}))) == DENIED


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ({"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}, True),
        ({"StringEquals": {"saml:sub": "ann", "saml:sub_type": "persistent", "saml:iss": saml.ENTITY}}, True),
        ({"StringEquals": {"saml:doc": f"{ACCOUNT}/Corp"}}, True),
        ({"StringEquals": {"saml:edupersonaffiliation": "staff"}}, True),
        ({"StringEquals": {"sts:RoleSessionName": "ann@example.com"}}, True),
        ({"StringEquals": {"saml:sub": "bob"}}, False),
        ({"StringEquals": {"saml:cn": "ann"}}, False),
        ({"StringEquals": {"SAML:aud": "urn:amazon:webservices"}}, False),
    ],
)
def test_conditions(assume: Any, analyst: Any, condition: dict[str, Any], allowed: bool) -> None:
    analyst(condition)
    assertion = signed({"urn:oid:1.3.6.1.4.1.5923.1.1.1.1": ["student", "staff"]})
    if allowed:
        assert assume(assertion)["Credentials"]
    else:
        assert refusal(lambda: assume(assertion)) == DENIED


def test_a_role_that_does_not_trust_the_provider(client: Client, assume: Any) -> None:
    other = trust({"Federated": f"{PROVIDER}x"}, "sts:AssumeRoleWithSAML")
    client("iam").update_assume_role_policy(RoleName="analyst", PolicyDocument=other)
    assert refusal(lambda: assume(signed())) == DENIED
    missing = f"arn:aws:iam::{ACCOUNT}:role/not-there"
    named = signed({f"{saml.AWS}Role": f"{missing},{PROVIDER}"})
    assert refusal(lambda: assume(named, RoleArn=missing)) == DENIED


def test_a_provider_that_is_not_there(client: Client, assume: Any) -> None:
    said = ("InvalidIdentityToken", "Specified provider doesn't exist.")
    assert refusal(lambda: assume(signed(), PrincipalArn=f"{PROVIDER}x")) == said
    elsewhere = ROLE.replace(ACCOUNT, "999988887777")
    assert refusal(lambda: assume(signed(), RoleArn=elsewhere)) == said
    assert refusal(lambda: assume(signed(), PrincipalArn="arn:aws:iam::aws:saml")) == (
        "ValidationError",
        "Request ARN is invalid",
    )
    client("iam").delete_saml_provider(SAMLProviderArn=PROVIDER)
    assert refusal(lambda: assume(signed())) == said


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"issuer": "https://elsewhere"}, "Issuer not present in specified provider"),
        ({"audience": "urn:elsewhere"}, "Response does not contain the required audience."),
        ({"recipient": "https://elsewhere/saml"}, "Your request included an invalid SAML response."),
        ({"recipient": "https://signin.aws.amazon.com.evil.example/saml"}, "Your request included an invalid SAML response."),
        ({"status": "urn:oasis:names:tc:SAML:2.0:status:Requester"}, "Your request included an invalid SAML response."),
        ({"issued": "yesterday"}, "Your request included an invalid SAML response."),
        ({"begins": saml.moment(3600)}, "The assertion is not valid yet."),
    ],
)  # fmt: skip
def test_what_is_said_is_not_accepted(assume: Any, said: dict[str, str], sentence: str) -> None:
    assert refusal(lambda: assume(signed(**said))) == ("InvalidIdentityToken", sentence)


def test_times(assume: Any, clock: FakeClock) -> None:
    """ "The token must be used within 5 minutes of its issue.\""""
    too_late = ("ExpiredTokenException", "Token must be redeemed within 5 minutes of issuance")
    for said in ({"until": saml.moment(-60)}, {"issued": saml.moment(-400)}, {"ends": saml.moment(-60)}):
        assert refusal(lambda said=said: assume(signed(**said))) == too_late
    answer = assume(signed(ends=saml.moment(1200)))
    assert 1100 < answer["Credentials"]["Expiration"].timestamp() - time.time() < 1201
    old = signed()
    clock.advance(400)
    assert refusal(lambda: assume(old)) == too_late


def test_names_of_sessions(assume: Any) -> None:
    name = f"{saml.AWS}RoleSessionName"
    assert refusal(lambda: assume(signed({name: ""}))) == (
        "InvalidIdentityToken",
        "RoleSessionName is required in AuthnResponse",
    )
    assert refusal(lambda: assume(signed({name: "a b"}))) == (
        "InvalidIdentityToken",
        "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}",
    )


def test_tags_and_source_identity(client: Client, assume: Any, analyst: Any) -> None:
    """IAM User Guide, "Pass session tags using AssumeRoleWithSAML"."""
    said = {
        f"{saml.AWS}PrincipalTag:team": "vision",
        f"{saml.AWS}TransitiveTagKeys": "team",
        f"{saml.AWS}SourceIdentity": "ann",
    }
    assert refusal(lambda: assume(signed(said))) == (
        "AccessDenied",
        "Not authorized to perform sts:TagSession",
    )
    analyst(None, ["sts:AssumeRoleWithSAML", "sts:TagSession"])
    assert refusal(lambda: assume(signed(said)))[1] == "Not authorized to perform sts:SetSourceIdentity"
    analyst({"StringEquals": {"aws:RequestTag/team": "vision"}}, ["sts:*"])
    answer = assume(signed(said))
    assert answer["SourceIdentity"] == "ann"
    allowed = {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"}
    allowed["Condition"] = {"StringEquals": {"aws:PrincipalTag/team": "vision", "saml:sub": "ann"}}
    client("iam").put_role_policy(RoleName="analyst", PolicyName="p", PolicyDocument=policy(allowed))
    assert client("iam", **as_session(answer["Credentials"])).list_users()["Users"] == []
    bad = {f"{saml.AWS}SourceIdentity": "aws:ann"}
    assert refusal(lambda: assume(signed(bad)))[0] == "InvalidIdentityToken"
    assert (
        refusal(lambda: assume(signed({f"{saml.AWS}PrincipalTag:a": ["b", "c"]})))[0]
        == "InvalidIdentityToken"
    )


def test_durations_and_policies(client: Client, assume: Any) -> None:
    assert refusal(lambda: assume(signed(), DurationSeconds=7200))[0] == "ValidationError"
    nothing = policy({"Effect": "Deny", "Action": "*", "Resource": "*"})
    assert assume(signed(), DurationSeconds=900, Policy=nothing)["PackedPolicySize"] > 0


def test_the_ways_of_a_provider_with_two_certificates(client: Client, assume: Any) -> None:
    """Certificates that have expired count ("IAM doesn't evaluate the expiration of X.509 certificates in SAML metadata
    documents", IAM User Guide)."""
    old = saml.key_pair("old.example", -30)
    update = client("iam").update_saml_provider
    update(SAMLProviderArn=PROVIDER, SAMLMetadataDocument=saml.metadata(saml.key_pair()[1], old[1]))
    assert assume(saml.with_signed_assertion(saml.response(USUAL), old))["Credentials"]
    update(SAMLProviderArn=PROVIDER, SAMLMetadataDocument=saml.metadata(old[1]))
    assert refusal(lambda: assume(signed())) == ("InvalidIdentityToken", "Response signature invalid")


def test_metadata_that_has_expired(client: Client, assume: Any) -> None:
    document = saml.metadata(validUntil=saml.moment(-10))
    client("iam").update_saml_provider(SAMLProviderArn=PROVIDER, SAMLMetadataDocument=document)
    assert refusal(lambda: assume(signed()))[0] == "InvalidIdentityToken"


def test_without_the_library(assume: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "signxml", None)
    code, message = refusal(lambda: assume(signed()))
    assert code == "NotImplemented"
    assert "clary[saml]" in message
