"""MFA codes in GetSessionToken and AssumeRole. Oracle: IAM User Guide ("Secure API access with MFA", the keys
aws:MultiFactorAuthPresent and aws:MultiFactorAuthAge), RFC 6238 (section 5.2); messages as users report them from AWS."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from clary.kernel import FakeClock
from tests.support.authenticator import Authenticator
from tests.support.principals import ACCOUNT, allow, as_session, role, trust, user
from tests.support.refusals import refusal

Client = Callable[..., Any]

_WITH_MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
_WRONG = ("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code. ")


@pytest.fixture
def ann(client: Client) -> dict[str, str]:
    return user(client, "ann", allow(["iam:ListUsers", "sts:AssumeRole"]))


@pytest.fixture
def phone(client: Client, ann: dict[str, str], clock: FakeClock) -> Authenticator:
    found = Authenticator(client("iam"), "ann", clock)
    found.enable(client("iam"), "ann")
    return found


def test_a_session_with_a_code_may_call_iam(
    client: Client, ann: dict[str, str], phone: Authenticator
) -> None:
    """API reference, GetSessionToken: "You cannot call any IAM API operations unless MFA authentication information is
    included in the request"."""
    without = as_session(client("sts", **ann).get_session_token()["Credentials"])
    assert refusal(lambda: client("iam", **without).list_users())[0] == "AccessDenied"
    session = as_session(client("sts", **ann).get_session_token(**phone.given())["Credentials"])
    assert client("iam", **session).list_users()["Users"]


def test_conditions_on_the_code_and_its_age(
    client: Client, ann: dict[str, str], phone: Authenticator, clock: FakeClock
) -> None:
    statement = {
        "Effect": "Deny",
        "Action": "iam:ListUsers",
        "Resource": "*",
        "Condition": {"NumericGreaterThan": {"aws:MultiFactorAuthAge": "600"}},
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    client("iam").put_user_policy(UserName="ann", PolicyName="age", PolicyDocument=json.dumps(document))
    session = client(
        "iam", **as_session(client("sts", **ann).get_session_token(**phone.given())["Credentials"])
    )
    clock.advance(600)
    assert session.list_users()
    clock.advance(1)
    assert refusal(session.list_users)[0] == "AccessDenied"


def test_a_code_is_good_once(client: Client, ann: dict[str, str], phone: Authenticator) -> None:
    sts = client("sts", **ann)
    assert sts.get_session_token(**phone.given())
    assert refusal(lambda: sts.get_session_token(**phone.given())) == _WRONG


def test_a_code_is_good_a_step_early_or_late(
    client: Client, ann: dict[str, str], phone: Authenticator, clock: FakeClock
) -> None:
    sts = client("sts", **ann)
    clock.advance(300)
    late = {**phone.given(), "TokenCode": phone.code(-60)}
    assert refusal(lambda: sts.get_session_token(**late)) == _WRONG
    assert sts.get_session_token(**{**late, "TokenCode": phone.code(-30)})
    assert sts.get_session_token(**{**late, "TokenCode": phone.code(30)})
    before = {**late, "TokenCode": phone.code()}  # a code from before the newest that was used
    assert refusal(lambda: sts.get_session_token(**before)) == _WRONG


def test_codes_cannot_be_guessed(
    client: Client, ann: dict[str, str], phone: Authenticator, clock: FakeClock
) -> None:
    sts = client("sts", **ann)
    wrong = {**phone.given(), "TokenCode": "000000" if phone.code() != "000000" else "000001"}
    for _ in range(5):
        assert refusal(lambda: sts.get_session_token(**wrong)) == _WRONG
    assert refusal(lambda: sts.get_session_token(**phone.given())) == _WRONG
    clock.advance(301)
    assert sts.get_session_token(**phone.given())


def test_another_users_device_is_no_device(client: Client, ann: dict[str, str], phone: Authenticator) -> None:
    bob = user(client, "bob")
    unknown = (
        "AccessDenied",
        "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid "
        "and associated with this user.",
    )
    assert refusal(lambda: client("sts", **bob).get_session_token(**phone.given())) == unknown
    assert refusal(lambda: client("sts").get_session_token(**phone.given())) == unknown
    client("iam").deactivate_mfa_device(UserName="ann", SerialNumber=phone.serial)
    assert refusal(lambda: client("sts", **ann).get_session_token(**phone.given())) == unknown


def _guarded_role(client: Client) -> dict[str, str]:
    trusted = trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, Condition=_WITH_MFA)
    arn = role(client, trusted, allow("iam:ListUsers"), name="guarded", MaxSessionDuration=7200)
    return {"RoleArn": arn, "RoleSessionName": "session"}


def test_a_role_that_wants_a_code(client: Client, ann: dict[str, str], phone: Authenticator) -> None:
    asked = _guarded_role(client)
    sts = client("sts", **ann)
    assert "is not authorized to perform: sts:AssumeRole" in refusal(lambda: sts.assume_role(**asked))[1]
    assert refusal(lambda: sts.assume_role(**asked, **{**phone.given(), "TokenCode": "0" * 6})) == _WRONG
    assumed = sts.assume_role(**asked, **phone.given())
    assert refusal(lambda: sts.assume_role(**asked, **phone.given())) == _WRONG
    # "The temporary credentials that are returned by AssumeRole do not include MFA information in the context".
    session = as_session(assumed["Credentials"])
    statement = {
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}},
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    assert client("iam", **session).list_users()
    client("iam").put_role_policy(RoleName="guarded", PolicyName="mfa", PolicyDocument=json.dumps(document))
    assert refusal(lambda: client("iam", **session).list_users())[0] == "AccessDenied"


def test_a_session_with_a_code_assumes_a_role_without_another(
    client: Client, ann: dict[str, str], phone: Authenticator
) -> None:
    session = as_session(client("sts", **ann).get_session_token(**phone.given())["Credentials"])
    assert client("sts", **session).assume_role(**_guarded_role(client))["Credentials"]


def test_a_code_alone_is_none(client: Client, ann: dict[str, str], phone: Authenticator) -> None:
    message = "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."
    asked = _guarded_role(client)
    refused = refusal(lambda: client("sts", **ann).assume_role(**asked, TokenCode=phone.code()))
    assert refused == ("AccessDenied", message)


def test_a_code_outlives_no_refusal(client: Client, ann: dict[str, str], phone: Authenticator) -> None:
    """A request that is refused for another reason changes nothing: its code is still good."""
    asked = _guarded_role(client)
    too_long = refusal(
        lambda: client("sts", **ann).assume_role(**asked, **phone.given(), DurationSeconds=43200)
    )
    assert too_long[0] == "ValidationError"
    assert client("sts", **ann).assume_role(**asked, **phone.given())["Credentials"]
