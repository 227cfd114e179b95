"""ChangePassword: a user sets its own password and proves that it knows the present one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.plane import Context
from clary.services.iam import entities, errors
from clary.services.iam.attempts import Attempts
from clary.services.iam.passwords import hashing, policy, profiles
from clary.services.iam.passwords.profiles import Profile
from clary.services.iam.service import caller_user_arn, iam

Params = dict[str, Any]


def _own(ctx: Context, params: Mapping[str, Any]) -> list[str]:
    return [caller_user_arn(ctx)]


@iam.operation(on=_own, lane="compute")
def change_password(ctx: Context, params: Params) -> Params:
    with ctx.transaction() as inner:
        profile = _profile(inner)
        rules = policy.of_account(inner.tx, ctx.account)
    _check_old(ctx, profile, params["OldPassword"])
    policy.check(rules, params["NewPassword"], ctx.account)
    hash = hashing.hashed(params["NewPassword"], like=profile.hash)
    _refuse_reuse(rules, profile, hash)
    with ctx.transaction(write=True) as inner:
        if _profile(inner).hash != profile.hash:
            raise _in_change(profile)
        profiles.set_hash(inner, profile, hash)
        profiles.set_reset(inner.tx, profile.owner, False)
    return {}


def _profile(ctx: Context) -> Profile:
    """Return the caller's login profile. Raise InvalidUserType for callers that are no users, NoSuchEntity."""
    user = entities.by_id(ctx.tx, ctx.caller.principal_id)
    if user is None or user.kind != "user":
        message = "Only IAM Users can change their own password"
        raise errors.AwsError("InvalidUserType", message)
    return profiles.find(ctx, user)


def _check_old(ctx: Context, profile: Profile, password: str) -> None:
    """Raise AccessDenied for a wrong password, and for any after several wrong ones."""
    attempts: Attempts = ctx.platform.extras.setdefault("iam:password-attempts", Attempts())
    if attempts.may_try(profile.owner, ctx.now):
        if hashing.is_same(hashing.hashed(password, like=profile.hash), profile.hash):
            return
        attempts.fail(profile.owner, ctx.now)
    raise errors.AwsError("AccessDenied", "The old password was incorrect.", 403)


def _refuse_reuse(rules: Mapping[str, Any] | None, profile: Profile, hash: str) -> None:
    """Raise PasswordPolicyViolation for one of the last passwords that the policy looks at."""
    looked_at = (rules or {}).get("PasswordReusePrevention", 0)
    if hashing.is_any(hash, (profile.hash, *profile.earlier)[:looked_at]):
        message = "Policy constraint violation with password reuse prevention during password change."
        raise policy.violation(message)


def _in_change(profile: Profile) -> errors.AwsError:
    message = "The password is being changed by another request. Try again."
    return errors.AwsError("EntityTemporarilyUnmodifiable", message, 409)
