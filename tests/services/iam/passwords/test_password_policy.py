"""The account's password policy. Oracle: API reference (UpdateAccountPasswordPolicy, GetAccountPasswordPolicy), IAM User Guide
("Setting an account password policy"), which has the defaults and the symbols."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.refusals import error_of, refusal

ACCOUNT = "111122223333"


def test_an_account_begins_without_one(iam: Any) -> None:
    missing = (
        "NoSuchEntity",
        f"The Password Policy with domain name {ACCOUNT} cannot be found.",
        404,
    )
    assert error_of(iam.get_account_password_policy) == missing
    assert error_of(iam.delete_account_password_policy) == missing


def test_what_is_not_given_gets_its_default(iam: Any) -> None:
    iam.update_account_password_policy(
        MinimumPasswordLength=10,
        RequireNumbers=True,
        MaxPasswordAge=90,
        PasswordReusePrevention=3,
        HardExpiry=True,
    )
    shown = iam.get_account_password_policy()["PasswordPolicy"]
    off = {
        "RequireSymbols": False,
        "RequireUppercaseCharacters": False,
        "RequireLowercaseCharacters": False,
        "AllowUsersToChangePassword": False,
    }
    given = {"MinimumPasswordLength": 10, "RequireNumbers": True, "MaxPasswordAge": 90}
    more = {"PasswordReusePrevention": 3, "HardExpiry": True, "ExpirePasswords": True}
    assert shown == {**off, **given, **more}
    iam.update_account_password_policy(RequireSymbols=True)
    shown = iam.get_account_password_policy()["PasswordPolicy"]
    defaults = {"MinimumPasswordLength": 6, "RequireNumbers": False, "ExpirePasswords": False}
    assert shown == {**off, **defaults, "RequireSymbols": True}
    iam.delete_account_password_policy()
    assert error_of(iam.get_account_password_policy)[0] == "NoSuchEntity"


@pytest.mark.parametrize(
    ("rules", "password", "said"),
    [
        ({"MinimumPasswordLength": 12}, "elevencharA", "minimum length of 12"),
        ({"RequireUppercaseCharacters": True}, "lower-1", "at least one uppercase letter"),
        ({"RequireLowercaseCharacters": True}, "UPPER-1", "at least one lowercase letter"),
        ({"RequireNumbers": True}, "Letters-", "at least one number"),
        ({"RequireSymbols": True}, "Letters1", "at least one symbol"),
        ({"RequireSymbols": True}, "Letters 1", "at least one symbol"),
        ({}, "12345", "minimum length of 6"),
    ],
)
def test_a_password_that_the_policy_does_not_allow(
    iam: Any, rules: dict[str, Any], password: str, said: str
) -> None:
    iam.update_account_password_policy(**rules)
    code, message, status = error_of(lambda: iam.create_login_profile(UserName="ann", Password=password))
    assert (code, status, said in message) == ("PasswordPolicyViolation", 400, True)
    assert refusal(lambda: iam.get_login_profile(UserName="ann"))[0] == "NoSuchEntity"


@pytest.mark.parametrize("password", ["Short-1", "lower-case", "UPPERCASE1", ACCOUNT])
def test_without_a_policy_awss_default_holds(iam: Any, password: str) -> None:
    """ "Minimum password length of 8 characters; minimum of three of the following mix of character types"."""
    refused = refusal(lambda: iam.create_login_profile(UserName="ann", Password=password))
    assert refused[0] == "PasswordPolicyViolation"
    iam.create_login_profile(UserName="ann", Password="lower-case1")
