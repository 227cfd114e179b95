"""Login profiles and ChangePassword. Oracle: API reference (CreateLoginProfile, ChangePassword and others), IAM User Guide
("Setting an account password policy"); messages as users report them from AWS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clary.kernel import FakeClock
from clary.plane import Platform
from tests.services.iam.passwords.conftest import sign_in
from tests.support.principals import allow, policy
from tests.support.refusals import error_of, refusal

_GOOD, _OTHER = "Geheim-1", "Geheim-2"


def test_a_profile_from_its_creation_to_its_end(iam: Any, clock: FakeClock) -> None:
    made = iam.create_login_profile(UserName="ann", Password=_GOOD, PasswordResetRequired=True)[
        "LoginProfile"
    ]
    assert (made["UserName"], made["PasswordResetRequired"]) == ("ann", True)
    assert made["CreateDate"].timestamp() == clock.now()
    assert iam.get_login_profile(UserName="ann")["LoginProfile"] == made
    iam.update_login_profile(UserName="ann", PasswordResetRequired=False)
    assert iam.get_login_profile(UserName="ann")["LoginProfile"] == {**made, "PasswordResetRequired": False}
    second = error_of(lambda: iam.create_login_profile(UserName="ann", Password=_GOOD))
    assert second == ("EntityAlreadyExists", "Login Profile for user ann already exists.", 409)
    left = error_of(lambda: iam.delete_user(UserName="ann"))
    assert left == ("DeleteConflict", "Cannot delete entity, must delete login profile first.", 409)
    iam.delete_login_profile(UserName="ann")
    missing = ("NoSuchEntity", "Login Profile for User ann cannot be found.", 404)
    assert error_of(lambda: iam.get_login_profile(UserName="ann")) == missing
    assert error_of(lambda: iam.delete_login_profile(UserName="ann")) == missing
    assert error_of(lambda: iam.update_login_profile(UserName="ann", Password=_GOOD)) == missing
    iam.delete_user(UserName="ann")


def test_a_password_is_nowhere_in_the_store(iam: Any, platform: Platform) -> None:
    iam.create_login_profile(UserName="ann", Password=_GOOD)
    with platform.store.read() as tx:
        (row,) = tx.sql("SELECT hash, earlier FROM iam_login")
    assert _GOOD not in str(row)


def test_a_user_changes_its_own_password(iam: Any, client: Callable[..., Any]) -> None:
    iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=policy(allow("iam:ChangePassword")))
    ann = sign_in(iam, client)
    missing = refusal(lambda: ann.change_password(OldPassword=_GOOD, NewPassword=_OTHER))
    assert missing == ("NoSuchEntity", "Login Profile for User ann cannot be found.")
    iam.create_login_profile(UserName="ann", Password=_GOOD, PasswordResetRequired=True)
    ann.change_password(OldPassword=_GOOD, NewPassword=_OTHER)
    assert not iam.get_login_profile(UserName="ann")["LoginProfile"]["PasswordResetRequired"]
    assert refusal(lambda: ann.change_password(OldPassword=_GOOD, NewPassword=_OTHER))[0] == "AccessDenied"
    ann.change_password(OldPassword=_OTHER, NewPassword=_GOOD)


def test_the_old_password_cannot_be_guessed(iam: Any, client: Callable[..., Any], clock: FakeClock) -> None:
    iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=policy(allow("iam:ChangePassword")))
    ann = sign_in(iam, client)
    iam.create_login_profile(UserName="ann", Password=_GOOD)
    for _ in range(5):
        assert refusal(lambda: ann.change_password(OldPassword="no", NewPassword=_OTHER))[0] == "AccessDenied"
    assert refusal(lambda: ann.change_password(OldPassword=_GOOD, NewPassword=_OTHER))[0] == "AccessDenied"
    clock.advance(301)
    ann.change_password(OldPassword=_GOOD, NewPassword=_OTHER)


def test_only_users_have_passwords(iam: Any) -> None:
    refused = error_of(lambda: iam.change_password(OldPassword=_GOOD, NewPassword=_OTHER))
    assert refused == ("InvalidUserType", "Only IAM Users can change their own password", 400)
    missing = refusal(lambda: iam.create_login_profile(UserName="ann"))
    assert missing[0] == "ValidationError"


def test_all_users_may_change_their_passwords(iam: Any, client: Callable[..., Any]) -> None:
    """AllowUsersToChangePassword: "IAM applies the permissions at the account level for all users"."""
    ann = sign_in(iam, client)
    iam.create_login_profile(UserName="ann", Password=_GOOD)
    refused = refusal(lambda: ann.change_password(OldPassword=_GOOD, NewPassword=_OTHER))
    assert "is not authorized to perform: iam:ChangePassword" in refused[1]
    iam.update_account_password_policy(AllowUsersToChangePassword=True)
    ann.change_password(OldPassword=_GOOD, NewPassword=_OTHER)
    assert ann.get_account_password_policy()["PasswordPolicy"]["AllowUsersToChangePassword"]
    assert refusal(lambda: ann.get_login_profile(UserName="ann"))[0] == "AccessDenied"
    statement = {"Effect": "Deny", "Action": "iam:ChangePassword", "Resource": "*"}
    iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=policy(statement))
    assert "explicit deny" in refusal(lambda: ann.change_password(OldPassword=_OTHER, NewPassword=_GOOD))[1]


def test_earlier_passwords_are_not_used_again(iam: Any, client: Callable[..., Any]) -> None:
    iam.update_account_password_policy(AllowUsersToChangePassword=True, PasswordReusePrevention=2)
    ann = sign_in(iam, client)
    iam.create_login_profile(UserName="ann", Password="first-1")
    again = (
        "PasswordPolicyViolation",
        "Policy constraint violation with password reuse prevention during password change.",
    )
    assert refusal(lambda: ann.change_password(OldPassword="first-1", NewPassword="first-1")) == again
    ann.change_password(OldPassword="first-1", NewPassword="second-2")
    assert refusal(lambda: ann.change_password(OldPassword="second-2", NewPassword="first-1")) == again
    ann.change_password(OldPassword="second-2", NewPassword="third-3")
    ann.change_password(OldPassword="third-3", NewPassword="first-1")  # two passwords ago


def test_an_administrators_new_password(iam: Any, client: Callable[..., Any]) -> None:
    iam.update_account_password_policy(AllowUsersToChangePassword=True)
    ann = sign_in(iam, client)
    iam.create_login_profile(UserName="ann", Password=_GOOD)
    iam.update_login_profile(UserName="ann", Password=_OTHER)
    ann.change_password(OldPassword=_OTHER, NewPassword=_GOOD)


def test_how_long_a_console_session_lasts_is_refused_by_name(iam: Any) -> None:
    code, message = refusal(
        lambda: iam.create_login_profile(UserName="ann", Password=_GOOD, MaxSigninSessionDuration=3600)
    )
    assert (code, "MaxSigninSessionDuration" in message) == ("NotImplemented", True)
