"""AssumeRoleWithWebIdentity as boto3 sees it.

Oracle: STS API reference (AssumeRoleWithWebIdentity); IAM User Guide ("Create an OpenID Connect (OIDC) identity provider",
"Available keys for AWS OIDC federation", "Pass session tags in AWS STS"). The sentences of errors are those that users of
AWS report: aws-actions/configure-aws-credentials issues 280, 502, 1309; aws/aws-cli issue 7194; awslabs/aws-orbit-workbench
issue 771; alphagov/gsp pull request 889.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.inprocess import InProcess
from tests.support.clients import boto3_client
from tests.support.issuers import Issuer
from tests.support.principals import ACCOUNT, Client, as_session, policy, trust
from tests.support.refusals import refusal

Work = Callable[..., str]
DENIED = ("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")


def test_a_service_account_gets_its_role(client: Client, assume: Any, work: Work, issuer: Issuer) -> None:
    """As a pod with an IAM role does (Amazon EKS User Guide, "IAM roles for service accounts")."""
    subject = "system:serviceaccount:ml:trainer"
    role = work({"StringEquals": {f"{issuer.name}:sub": subject, f"{issuer.name}:aud": "sts.amazonaws.com"}})
    answer = assume(role, issuer.token())
    assert answer["SubjectFromWebIdentityToken"] == subject
    assert answer["Audience"] == "sts.amazonaws.com"
    # AWS Open Source Blog, "Introducing fine-grained IAM roles for service accounts": the provider's ARN.
    assert answer["Provider"] == f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer.name}"
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/trainer/job-1"
    session = as_session(answer["Credentials"])
    assert client("sts", **session).get_caller_identity()["Arn"] == answer["AssumedRoleUser"]["Arn"]
    assert client("iam", **session).list_roles()["Roles"]
    assert refusal(lambda: client("iam", **session).list_users())[0] == "AccessDenied"


def test_nobody_signs_the_request(app: InProcess, assume: Any, work: Work, issuer: Issuer) -> None:
    """The model says `authtype: none`."""
    assume(work(), issuer.token())
    assert "Authorization" not in app.requests[-1].headers


def test_boto3_finds_token_and_role_in_the_environment(
    app: InProcess, work: Work, issuer: Issuer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AWS SDKs and Tools Reference Guide, "Assume role credential provider"."""
    import boto3

    file = tmp_path / "token"
    file.write_text(issuer.token())
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(file))
    monkeypatch.setenv("AWS_ROLE_ARN", work())
    monkeypatch.setenv("AWS_ROLE_SESSION_NAME", "pod")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    session = boto3.Session(region_name="us-east-1")
    session.events.register("before-send.sts", app.send)
    who = session.client("sts").get_caller_identity()
    assert who["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/trainer/pod"


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"{}:sub": "repo:acme/models:ref:refs/heads/main"}},
        {"StringLike": {"{}:sub": "repo:acme/*"}},
        {"StringEquals": {"{}:aud": "another"}},
        {"StringEquals": {"{}:amr": "mfa"}},
        {"StringEquals": {"sts:RoleSessionName": "job-2"}},
        {"NumericLessThan": {"sts:DurationSeconds": "3600"}},
        {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}},
    ],
)
def test_a_condition_that_does_not_hold(
    assume: Any, work: Work, issuer: Issuer, condition: dict[str, Any]
) -> None:
    filled = json.loads(json.dumps(condition).replace("{}", issuer.name))
    assert refusal(lambda: assume(work(filled), issuer.token())) == DENIED


@pytest.mark.parametrize(
    ("condition", "claims"),
    [
        ({"StringLike": {"{}:sub": "repo:acme/*:ref:refs/heads/main"}}, {"sub": "repo:acme/m:ref:refs/heads/main"}),
        ({"ForAnyValue:StringEquals": {"{}:amr": "authenticated"}}, {"amr": ["authenticated", "x"]}),
        ({"StringEquals": {"sts:RoleSessionName": "job-1"}}, {}),
        ({"StringEquals": {"{}:aud": "sts.amazonaws.com", "{}:oaud": "x"}}, {"azp": "sts.amazonaws.com", "aud": "x"}),
        ({"NumericLessThanEquals": {"sts:DurationSeconds": "3600"}}, {}),
        ({"ArnEquals": {"aws:FederatedProvider": "arn:aws:iam::111122223333:oidc-provider/{}"}}, {}),
    ],
)  # fmt: skip
def test_a_condition_that_holds(
    assume: Any, work: Work, issuer: Issuer, condition: dict[str, Any], claims: dict[str, Any]
) -> None:
    filled = json.loads(json.dumps(condition).replace("{}", issuer.name))
    assert assume(work(filled), issuer.token(**claims))["Credentials"]


def test_a_role_that_does_not_trust_the_provider(
    client: Client, assume: Any, provider: str, issuer: Issuer
) -> None:
    """A role that is not there is refused in the same words."""
    other = trust({"Federated": f"{provider}x"}, "sts:AssumeRoleWithWebIdentity")
    arn = client("iam").create_role(RoleName="other", AssumeRolePolicyDocument=other)["Role"]["Arn"]
    assert refusal(lambda: assume(arn, issuer.token())) == DENIED
    assert refusal(lambda: assume(f"{arn}-not-there", issuer.token())) == DENIED
    assert refusal(lambda: assume("arn:aws:iam::aws:role", issuer.token())) == (
        "ValidationError",
        "Request ARN is invalid",
    )


def test_a_deny_for_everybody_is_for_federated_users_too(
    client: Client, assume: Any, provider: str, issuer: Issuer
) -> None:
    action = "sts:AssumeRoleWithWebIdentity"
    document = policy(
        {"Effect": "Allow", "Principal": {"Federated": provider}, "Action": action},
        {"Effect": "Deny", "Principal": "*", "Action": action},
    )
    arn = client("iam").create_role(RoleName="other", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    assert refusal(lambda: assume(arn, issuer.token())) == DENIED


def test_a_role_that_is_trusted_to_users_only(
    client: Client, assume: Any, provider: str, issuer: Issuer
) -> None:
    everything = trust({"AWS": ACCOUNT}, "sts:*")
    arn = client("iam").create_role(RoleName="other", AssumeRolePolicyDocument=everything)["Role"]["Arn"]
    assert refusal(lambda: assume(arn, issuer.token())) == DENIED


def test_an_issuer_without_a_provider(client: Client, assume: Any, work: Work, issuer: Issuer) -> None:
    role = work()
    message = "No OpenIDConnect provider found in your account for "
    elsewhere = issuer.token(iss="https://issuer.example")
    assert refusal(lambda: assume(role, elsewhere)) == (
        "InvalidIdentityToken",
        message + "https://issuer.example",
    )
    # The name without a scheme, and another account, which this platform does not have.
    assert refusal(lambda: assume(role, issuer.token(iss=issuer.name)))[0] == "InvalidIdentityToken"
    stranger = role.replace(ACCOUNT, "999988887777")
    assert refusal(lambda: assume(stranger, issuer.token())) == ("InvalidIdentityToken", message + issuer.url)
    assert issuer.asked == []


def test_providers_that_aws_knows_by_itself_are_not_here(
    client: Client, assume: Any, work: Work, issuer: Issuer
) -> None:
    role = work()
    google = issuer.token(iss="https://accounts.google.com")
    assert refusal(lambda: assume(role, google))[0] == "NotImplemented"
    assert refusal(lambda: assume(role, "Atza|access", ProviderId="www.amazon.com"))[0] == "NotImplemented"


def test_a_deleted_provider_vouches_for_nobody(
    client: Client, assume: Any, work: Work, provider: str, issuer: Issuer
) -> None:
    role = work()
    assume(role, issuer.token())
    client("iam").delete_open_id_connect_provider(OpenIDConnectProviderArn=provider)
    assert refusal(lambda: assume(role, issuer.token()))[0] == "InvalidIdentityToken"


def test_audiences(client: Client, assume: Any, work: Work, provider: str, issuer: Issuer) -> None:
    role = work()
    wrong = ("InvalidIdentityToken", "Incorrect token audience")
    assert refusal(lambda: assume(role, issuer.token(aud="another"))) == wrong
    # "azp" takes the place of "aud" ("Available keys for AWS OIDC federation").
    assert refusal(lambda: assume(role, issuer.token(azp="another"))) == wrong
    client("iam").add_client_id_to_open_id_connect_provider(
        OpenIDConnectProviderArn=provider, ClientID="another"
    )
    assert assume(role, issuer.token(aud=["first", "another"]))["Audience"] == "another"


@pytest.mark.parametrize("name", ["sub", "aud", "exp", "iat", "iss"])
def test_a_claim_is_missing(assume: Any, work: Work, issuer: Issuer, name: str) -> None:
    assert refusal(lambda: assume(work(), issuer.token(**{name: None}))) == (
        "InvalidIdentityToken",
        f"Missing a required claim: {name}",
    )


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "a\0b"},
        {"sub": "s" * 256},
        {"sub": 7},
        {"iss": "https://a\0b"},
        {"aud": []},
        {"aud": [1]},
        {"azp": 1},
    ],
)
def test_claims_of_another_form(assume: Any, work: Work, issuer: Issuer, claims: dict[str, Any]) -> None:
    assert refusal(lambda: assume(work(), issuer.token(**claims)))[0] == "InvalidIdentityToken"


def test_times(assume: Any, work: Work, issuer: Issuer) -> None:
    role, now = work(), int(time.time())
    code, message = refusal(lambda: assume(role, issuer.token(exp=now - 100)))
    assert code == "ExpiredTokenException"
    assert message.startswith("Token expired: current date/time ")
    assert message.endswith(f" must be before the expiration date/time {now - 100}")
    for claims in ({"nbf": now + 600}, {"iat": now + 600, "exp": now + 900}, {"exp": "soon"}, {"exp": True}):
        assert (
            refusal(lambda claims=claims: assume(role, issuer.token(**claims)))[0] == "InvalidIdentityToken"
        )
    assert issuer.asked == []


def test_session_tags(client: Client, assume: Any, work: Work, issuer: Issuer) -> None:
    """IAM User Guide, "Pass session tags using AssumeRoleWithWebIdentity"."""
    role = work(
        {"StringEquals": {"aws:RequestTag/team": "vision"}},
        ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
    )
    tags = {"principal_tags": {"team": ["vision"], "cost": ["7"]}, "transitive_tag_keys": ["team"]}
    answer = assume(role, issuer.token(**{"https://aws.amazon.com/tags": tags}))
    assert answer["PackedPolicySize"] > 0
    flat = {
        "https://aws.amazon.com/tags/principal_tags/team": "vision",
        "https://aws.amazon.com/tags/transitive_tag_keys": ["team"],
    }
    assert assume(role, issuer.token(**flat))["PackedPolicySize"] > 0
    assert refusal(lambda: assume(role, issuer.token())) == DENIED
    only = {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"}
    only["Condition"] = {"StringEquals": {"aws:PrincipalTag/team": "vision", "aws:PrincipalTag/cost": "7"}}
    client("iam").put_role_policy(RoleName="trainer", PolicyName="p", PolicyDocument=policy(only))
    assert client("iam", **as_session(answer["Credentials"])).list_users()["Users"] == []


def test_tags_need_the_right_to_set_them(assume: Any, work: Work, issuer: Issuer) -> None:
    tags = {"principal_tags": {"team": ["vision"]}}
    token = issuer.token(**{"https://aws.amazon.com/tags": tags})
    assert refusal(lambda: assume(work(), token)) == (
        "AccessDenied",
        "Not authorized to perform sts:TagSession",
    )


@pytest.mark.parametrize(
    "tags",
    [
        "text",
        {"principal_tags": ["a"]},
        {"principal_tags": {"a": ["b", "c"]}},
        {"principal_tags": {"a": 1}},
        {"principal_tags": {f"k{n}": ["v"] for n in range(51)}},
        {"principal_tags": {"k": ["v" * 257]}},
        {"principal_tags": {"k": ["\0"]}},
        {"principal_tags": {"aws:k": ["v"]}},
        {"principal_tags": {"k": ["v"], "K": ["w"]}},
    ],
)
def test_malformed_tags(assume: Any, work: Work, issuer: Issuer, tags: Any) -> None:
    role = work(None, ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"])
    code, _ = refusal(lambda: assume(role, issuer.token(**{"https://aws.amazon.com/tags": tags})))
    assert code == "InvalidIdentityToken"


def test_a_source_identity(client: Client, assume: Any, work: Work, issuer: Issuer) -> None:
    claim = {"https://aws.amazon.com/source_identity": "ann"}
    role = work(None, ["sts:AssumeRoleWithWebIdentity", "sts:SetSourceIdentity"])
    assert assume(role, issuer.token(**claim))["SourceIdentity"] == "ann"
    bad = {"https://aws.amazon.com/source_identity": "aws:ann"}
    assert refusal(lambda: assume(role, issuer.token(**bad)))[0] == "InvalidIdentityToken"
    plain = trust(
        {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer.name}"}, "sts:AssumeRoleWithWebIdentity"
    )
    client("iam").update_assume_role_policy(RoleName="trainer", PolicyDocument=plain)
    assert refusal(lambda: assume(role, issuer.token(**claim))) == (
        "AccessDenied",
        "Not authorized to perform sts:SetSourceIdentity",
    )


def test_what_the_provider_said_lasts_as_long_as_the_session(
    client: Client, assume: Any, work: Work, issuer: Issuer
) -> None:
    """ "Available keys for AWS OIDC federation": `sub`, `aud` and `amr` are available in the session."""
    answer = assume(work(), issuer.token())
    session = client("iam", **as_session(answer["Credentials"]))
    statement = {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"}
    for subject, allowed in (("system:serviceaccount:ml:trainer", True), ("another", False)):
        statement["Condition"] = {
            "StringEquals": {f"{issuer.name}:sub": subject},
            "ArnEquals": {"aws:FederatedProvider": answer["Provider"]},
        }
        client("iam").put_role_policy(RoleName="trainer", PolicyName="p", PolicyDocument=policy(statement))
        if allowed:
            assert session.list_users()["Users"] == []
        else:
            assert refusal(session.list_users)[0] == "AccessDenied"


def test_policies_and_durations(client: Client, assume: Any, work: Work, issuer: Issuer) -> None:
    role = work()
    code, message = refusal(lambda: assume(role, issuer.token(), DurationSeconds=7200))
    assert code == "ValidationError"
    assert message == "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    narrow = policy({"Effect": "Deny", "Action": "*", "Resource": "*"})
    answer = assume(role, issuer.token(), DurationSeconds=900, Policy=narrow)
    assert answer["Credentials"]["Expiration"].timestamp() - time.time() < 901
    assert refusal(client("iam", **as_session(answer["Credentials"])).list_roles)[0] == "AccessDenied"


def test_other_unsigned_calls_are_refused(app: InProcess) -> None:
    sts = boto3_client("sts", "http://127.0.0.1:4566", "a", "b", None)
    assert sts
    form = b"Action=GetCallerIdentity&Version=2011-06-15"
    head = {"content-type": "application/x-www-form-urlencoded"}
    status, _, body = app.request("POST", "http://127.0.0.1:4566/", head, form)
    assert (status, b"MissingAuthenticationToken" in body) == (403, True)
    # Two actions in one request: the first counts, for the choice of the service and for the call.
    both = b"Action=GetCallerIdentity&Action=AssumeRoleWithWebIdentity&Version=2011-06-15"
    assert app.request("POST", "http://127.0.0.1:4566/", head, both)[0] == 403
    status, _, body = app.request(
        "POST", "http://127.0.0.1:4566/", head, b"Action=AssumeRoleWithSAML&x=" + b"y" * (300 << 10)
    )
    assert status == 403
