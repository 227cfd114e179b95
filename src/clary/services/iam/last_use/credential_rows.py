"""The lines of a credential report. Source: IAM User Guide ("Generate credential reports for your AWS account")."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from clary.plane import Context
from clary.services.iam import entities
from clary.services.iam.last_use import rows
from clary.services.iam.mfa import devices
from clary.services.iam.passwords import policy, profiles
from clary.services.iam.passwords.profiles import Profile

_KEY = ("active", "last_rotated", "last_used_date", "last_used_region", "last_used_service")
_HEAD = (
    *("user", "arn", "user_creation_time", "password_enabled", "password_last_used", "password_last_changed"),
    *("password_next_rotation", "mfa_active"),
    *(f"access_key_{number}_{what}" for number in (1, 2) for what in _KEY),
    *(f"cert_{number}_{what}" for number in (1, 2) for what in ("active", "last_rotated")),
)
_NONE, _UNKNOWN, _UNSUPPORTED = "N/A", "no_information", "not_supported"
_NO_KEY = ("false", _NONE, _NONE, _NONE, _NONE)
_NO_CERTIFICATE = ("false", _NONE)
_WITHOUT_REGION = ("s3",)  # "N/A: the last used service is not Region-specific, such as Amazon S3"
_DAY = 86400.0


class _Held(NamedTuple):
    """What the users of an account have, by their ids."""

    keys: Mapping[str, Sequence[Any]]
    certificates: Mapping[str, Sequence[Any]]
    profiles: Mapping[str, Profile]
    with_device: set[str]
    longest: int | None  # days until a password expires


def csv_of(ctx: Context) -> str:
    """Return the report on the caller's account as of now. Its last line does not end."""
    held = _held(ctx)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_HEAD)
    writer.writerow(_root(ctx, held))
    for user in entities.list_all(ctx.tx, ctx.account, "user"):
        writer.writerow((user.name, user.arn, _date(user.created), *_of_user(ctx, user.id, held)))
    return out.getvalue().rstrip("\n")


def _held(ctx: Context) -> _Held:
    keys = ctx.tx.sql(
        "SELECT owner, id, status, created FROM iam_key WHERE account = ? ORDER BY id", ctx.account
    )
    certificates = ctx.tx.sql(
        "SELECT owner, status, uploaded FROM iam_certificate WHERE account = ? AND kind = 'signing' ORDER BY uploaded, id",
        ctx.account,
    )
    return _Held(
        _by_owner(keys),
        _by_owner(certificates),
        profiles.all_of(ctx.tx, ctx.account),
        {device.owner for device in devices.all_of(ctx.tx, ctx.account)},
        (policy.of_account(ctx.tx, ctx.account) or {}).get("MaxPasswordAge"),
    )


def _root(ctx: Context, held: _Held) -> tuple[str, ...]:
    """Return the line of the root user, who has neither a password, nor a device, nor certificates here."""
    (created,) = ctx.tx.sql("SELECT created FROM iam_account WHERE id = ?", ctx.account)[0]
    arn = f"arn:{ctx.partition}:iam::{ctx.account}:root"
    password = (_UNSUPPORTED, _UNKNOWN, _UNSUPPORTED, _UNSUPPORTED, "false")
    return (
        "<root_account>",
        arn,
        _date(created),
        *password,
        *_keys(ctx, held.keys.get("", ())),
        *_certificates(()),
    )


def _of_user(ctx: Context, id: str, held: _Held) -> tuple[str, ...]:
    return (
        *_password(held.profiles.get(id), held.longest),
        _flag(id in held.with_device),
        *_keys(ctx, held.keys.get(id, ())),
        *_certificates(held.certificates.get(id, ())),
    )


def _password(profile: Profile | None, longest: int | None) -> tuple[str, ...]:
    """Return whether there is a password, when it was last used, changed, and when it expires. Nothing here takes it to sign
    in, so there is no last use."""
    if profile is None:
        return ("false", _NONE, _NONE, _NONE)
    next_rotation = _date(profile.changed + longest * _DAY) if longest else _NONE
    return ("true", _UNKNOWN, _date(profile.changed), next_rotation)


def _keys(ctx: Context, keys: Sequence[Any]) -> list[str]:
    """Return the columns of the first two access keys."""
    shown = [_key(ctx, *key) for key in keys[:2]]
    return [value for key in (*shown, *[_NO_KEY] * (2 - len(shown))) for value in key]


def _key(ctx: Context, id: str, status: str, created: float) -> tuple[str, ...]:
    use = rows.of_key(ctx.tx, id)
    active = _flag(status == "Active")
    if use is None:
        return (active, _date(created), _NONE, _NONE, _NONE)
    region = _NONE if use.service in _WITHOUT_REGION else use.region
    return (active, _date(created), _date(use.at), region, use.service)


def _certificates(held: Sequence[Any]) -> list[str]:
    shown = [(_flag(status == "Active"), _date(uploaded)) for status, uploaded in held[:2]]
    return [value for one in (*shown, *[_NO_CERTIFICATE] * (2 - len(shown))) for value in one]


def _by_owner(found: Iterable[Sequence[Any]]) -> dict[str, list[Any]]:
    held: dict[str, list[Any]] = defaultdict(list)
    for owner, *rest in found:
        held[owner].append(rest)
    return held


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _date(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
