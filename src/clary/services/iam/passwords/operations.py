"""CreateLoginProfile, GetLoginProfile, UpdateLoginProfile and DeleteLoginProfile.

A hash takes a fifth of a second, so passwords are hashed outside of transactions, and what was read before is looked at
again when the hash is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.plane import Context
from clary.services.iam import entities, errors
from clary.services.iam.passwords import hashing, policy, profiles
from clary.services.iam.service import iam, named, operation
from clary.services.iam.users import named_user

Params = dict[str, Any]


@iam.operation(on=named("user"), lane="compute")
def create_login_profile(ctx: Context, params: Params) -> Params:
    password = _password(ctx, params)
    with ctx.transaction() as inner:
        _refuse_second(inner, params)
    hash = hashing.hashed(password)
    with ctx.transaction(write=True) as inner:
        user = _refuse_second(inner, params)
        profiles.add(inner, user.id, hash, reset=params.get("PasswordResetRequired", False))
        return {"LoginProfile": _shown(user.name, profiles.find(inner, user))}


@operation(on=named("user"))
def get_login_profile(ctx: Context, params: Params) -> Params:
    user = named_user(ctx, params)
    return {"LoginProfile": _shown(user.name, profiles.find(ctx, user))}


@iam.operation(on=named("user"), lane="compute")
def update_login_profile(ctx: Context, params: Params) -> Params:
    """Set another password, or whether the user has to choose one."""
    with ctx.transaction() as inner:
        profile = profiles.find(inner, entities.find(inner, "user", params["UserName"]))
    given = params.get("Password")
    hash = hashing.hashed(_password(ctx, params), like=profile.hash) if given else ""
    with ctx.transaction(write=True) as inner:
        user = entities.find(inner, "user", params["UserName"])
        found = profiles.find(inner, user)
        if given:
            profiles.set_hash(inner, found, hash)
        if "PasswordResetRequired" in params:
            profiles.set_reset(inner.tx, user.id, params["PasswordResetRequired"])
    return {}


@operation(on=named("user"))
def delete_login_profile(ctx: Context, params: Params) -> Params:
    user = named_user(ctx, params)
    profiles.delete(ctx.tx, profiles.find(ctx, user).owner)
    return {}


def _password(ctx: Context, params: Mapping[str, Any]) -> str:
    """Return the password of a request. Raise PasswordPolicyViolation."""
    password = params.get("Password")
    if not password:
        raise errors.validation_error(
            "1 validation error detected: Value null at 'password' failed to satisfy constraint: Member must not be null"
        )
    with ctx.transaction() as inner:
        policy.check(policy.of_account(inner.tx, ctx.account), password, ctx.account)
    return password


def _refuse_second(ctx: Context, params: Params) -> entities.Entity:
    """Return the user that is meant. Raise EntityAlreadyExists if it has a password."""
    user = named_user(ctx, params)
    if profiles.get(ctx.tx, user.id) is not None:
        raise errors.entity_exists(f"Login Profile for user {user.name} already exists.")
    return user


def _shown(name: str, profile: profiles.Profile) -> Params:
    return {"UserName": name, "CreateDate": profile.created, "PasswordResetRequired": profile.reset}
