"""The account's password policy: its operations, and what it says of a password."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from clary.plane import Context
from clary.services.iam import errors
from clary.services.iam.account import settings
from clary.services.iam.service import operation
from clary.store.api import Tx

Params = dict[str, Any]
_NAME = "password-policy"
# "If a parameter is not included in the request, its default takes its place" (API reference,
# UpdateAccountPasswordPolicy).
_DEFAULTS = {
    "MinimumPasswordLength": 6,
    "RequireSymbols": False,
    "RequireNumbers": False,
    "RequireUppercaseCharacters": False,
    "RequireLowercaseCharacters": False,
    "AllowUsersToChangePassword": False,
}
# An account without a policy has AWS's default: eight characters of three kinds (IAM User Guide, "Default password policy").
_LENGTH_WITHOUT, _KINDS_WITHOUT = 8, 3
_SYMBOLS = frozenset("!@#$%^&*()_+-=[]{}|'")  # IAM User Guide, "Custom password policy options"
_KINDS: dict[str, tuple[str, Callable[[str], bool]]] = {
    "RequireUppercaseCharacters": ("uppercase letter", lambda one: "A" <= one <= "Z"),
    "RequireLowercaseCharacters": ("lowercase letter", lambda one: "a" <= one <= "z"),
    "RequireNumbers": ("number", lambda one: "0" <= one <= "9"),
    "RequireSymbols": ("symbol", lambda one: one in _SYMBOLS),
}


@operation()
def update_account_password_policy(ctx: Context, params: Params) -> Params:
    """Replace the policy as a whole: what is not given gets its default."""
    settings.write(ctx.tx, ctx.account, _NAME, {**_DEFAULTS, **params})
    return {}


@operation()
def get_account_password_policy(ctx: Context, params: Params) -> Params:
    policy = _found(ctx)
    return {"PasswordPolicy": {**policy, "ExpirePasswords": "MaxPasswordAge" in policy}}


@operation()
def delete_account_password_policy(ctx: Context, params: Params) -> Params:
    _found(ctx)
    settings.delete(ctx.tx, ctx.account, _NAME)
    return {}


def of_account(tx: Tx, account: str) -> dict[str, Any] | None:
    """Return the policy of an account, or None."""
    return settings.read(tx, account, _NAME)


def check(policy: Mapping[str, Any] | None, password: str, account: str) -> None:
    """Raise PasswordPolicyViolation for a password that the policy, or without one AWS's default, does not allow."""
    if policy is None:
        _check_without(password, account)
        return
    _check_length(password, policy["MinimumPasswordLength"])
    for member, (what, is_one) in _KINDS.items():
        if policy[member] and not any(map(is_one, password)):
            raise violation(f"Password should have at least one {what}")


def violation(message: str) -> errors.AwsError:
    return errors.AwsError("PasswordPolicyViolation", message)


def _check_without(password: str, account: str) -> None:
    _check_length(password, _LENGTH_WITHOUT)
    kinds = sum(any(map(is_one, password)) for _, is_one in _KINDS.values())
    if kinds < _KINDS_WITHOUT:
        raise violation(
            "Password should have at least three of these: uppercase letter, lowercase letter, number, symbol"
        )
    if password == account:
        raise violation("Password should not be identical to the account name")


def _check_length(password: str, least: int) -> None:
    if len(password) < least:
        raise violation(f"Password should have a minimum length of {least}")


def _found(ctx: Context) -> dict[str, Any]:
    """Return the policy of the caller's account. Raise NoSuchEntity."""
    policy = of_account(ctx.tx, ctx.account)
    if policy is None:
        raise errors.no_such_entity(f"The Password Policy with domain name {ctx.account} cannot be found.")
    return policy
