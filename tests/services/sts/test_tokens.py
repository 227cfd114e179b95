"""GetCallerIdentity, GetSessionToken, GetFederationToken, GetAccessKeyInfo. Oracle: recorded answers, API reference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from clary.kernel import FakeClock
from tests.support.principals import ACCOUNT, allow, as_session, policy, role, trust, user
from tests.support.refusals import refusal

Client = Callable[..., Any]


def test_root_is_itself(client: Client) -> None:
    identity = client("sts").get_caller_identity()
    assert (identity["UserId"], identity["Account"]) == (ACCOUNT, ACCOUNT)
    assert identity["Arn"] == f"arn:aws:iam::{ACCOUNT}:root"


def test_everybody_may_ask_who_they_are(client: Client) -> None:
    ann = user(client, "ann", {"Effect": "Deny", "Action": "sts:*", "Resource": "*"})
    identity = client("sts", **ann).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/ann"
    assert identity["UserId"].startswith("AIDA")


def test_a_session_token_is_its_user_but_for_iam(client: Client, clock: FakeClock) -> None:
    ann = user(client, "ann", allow(["s3:ListAllMyBuckets", "iam:ListRoles"]))
    answer = client("sts", **ann).get_session_token()["Credentials"]
    assert abs(answer["Expiration"].timestamp() - clock.now() - 43200) < 1
    session = as_session(answer)
    assert client("sts", **session).get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/ann"
    assert client("iam", **ann).list_roles()
    assert refusal(lambda: client("iam", **session).list_roles())[0] == "AccessDenied"
    again = refusal(lambda: client("sts", **session).get_session_token())
    assert again == ("AccessDenied", "Cannot call GetSessionToken with session credentials")


def test_a_federated_user_calls_no_iam(client: Client) -> None:
    """Recorded: test_get_federation_token."""
    ann = user(client, "ann", allow(["sts:GetFederationToken", "iam:ListRoles"]))
    answer = client("sts", **ann).get_federation_token(Name="guest")
    assert answer["FederatedUser"] == {
        "FederatedUserId": f"{ACCOUNT}:guest",
        "Arn": f"arn:aws:sts::{ACCOUNT}:federated-user/guest",
    }
    assert answer["PackedPolicySize"] == 0
    empty = as_session(answer["Credentials"])
    assert refusal(lambda: client("iam", **empty).list_roles())[0] == "AccessDenied"
    wide = client("sts", **ann).get_federation_token(Name="guest", Policy=policy(allow("iam:List*")))
    session = as_session(wide["Credentials"])
    # API reference: "You cannot call any IAM operations", and of STS GetCallerIdentity only.
    assert client("sts", **session).get_caller_identity()["Arn"].endswith(":federated-user/guest")
    assert refusal(lambda: client("iam", **session).list_roles())[0] == "AccessDenied"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            {"SerialNumber": "arn:aws:iam::1:mfa/ann"},
            "must provide both MFA serial number and one time pass code.",
        ),
        (
            {"SerialNumber": "arn:aws:iam::1:mfa/ann", "TokenCode": "123456"},
            "unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.",
        ),
    ],
)
def test_nobody_has_a_second_factor(client: Client, given: dict[str, str], sentence: str) -> None:
    # aws-cli#6325 and sgviz#9: what STS says of a device that is not the caller's, and of one without its code.
    sts = client("sts", **user(client, "ann", allow("sts:AssumeRole")))
    arn = role(client, trust({"AWS": ACCOUNT}))
    expected = ("AccessDenied", f"MultiFactorAuthentication failed, {sentence}")
    assert refusal(lambda: sts.get_session_token(**given)) == expected
    assert refusal(lambda: sts.assume_role(RoleArn=arn, RoleSessionName="ss", **given)) == expected


def test_a_bad_session_policy(client: Client) -> None:
    ann = user(client, "ann", allow("sts:GetFederationToken"))
    refused = refusal(lambda: client("sts", **ann).get_federation_token(Name="guest", Policy="{}"))
    assert refused == ("MalformedPolicyDocument", "Syntax errors in policy.")


def test_a_session_policy_that_is_too_large(client: Client) -> None:
    # The sentence as clients of STS report it; API reference: PackedPolicyTooLarge, 400.
    ann = client("sts", **user(client, "ann", allow("sts:AssumeRole")))
    arn = role(client, trust({"AWS": ACCOUNT}))
    large = policy(allow([f"s3:Action{n}" for n in range(200)]))
    code, message = refusal(lambda: ann.assume_role(RoleArn=arn, RoleSessionName="ss", Policy=large))
    assert code == "PackedPolicyTooLarge"
    assert message.startswith("Packed policy consumes ")
    assert message.endswith("% of allotted space, please use smaller policy.")


@pytest.mark.parametrize("key", ["AKIA!!!!!!!!!!!!!!!!", "AKIAAAAA1111111111111"])
def test_what_is_no_key(client: Client, key: str) -> None:
    assert refusal(lambda: client("sts").get_access_key_info(AccessKeyId=key))[0] == "ValidationError"


def test_what_clary_does_not_have_says_so(client: Client) -> None:
    code, _ = refusal(lambda: client("sts").decode_authorization_message(EncodedMessage="x"))
    assert code == "NotImplemented"
