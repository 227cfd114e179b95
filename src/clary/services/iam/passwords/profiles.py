"""Login profiles as rows. Knows no operation and no rule."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from clary.plane import Context
from clary.services.iam import errors
from clary.services.iam.entities import Entity
from clary.store.api import Tx

_COLUMNS = "owner, account, created, changed, reset, hash, earlier"
_KEPT = 24  # earlier passwords: the most that PasswordReusePrevention looks at


@dataclass(frozen=True, slots=True)
class Profile:
    """The password of a user. `changed` is machine time; `earlier` are hashes, the newest first."""

    owner: str
    account: str
    created: float
    changed: float
    reset: bool
    hash: str
    earlier: tuple[str, ...] = ()


def get(tx: Tx, owner: str) -> Profile | None:
    """Return the login profile of a user, or None."""
    rows = tx.sql(f"SELECT {_COLUMNS} FROM iam_login WHERE owner = ?", owner)
    return _profile(rows[0]) if rows else None


def all_of(tx: Tx, account: str) -> dict[str, Profile]:
    """Return the login profiles of an account by the ids of their users."""
    rows = tx.sql(f"SELECT {_COLUMNS} FROM iam_login WHERE account = ?", account)
    return {row[0]: _profile(row) for row in rows}


def find(ctx: Context, user: Entity) -> Profile:
    """Return the login profile of a user. Raise NoSuchEntity."""
    found = get(ctx.tx, user.id)
    if found is None:
        raise errors.no_such_entity(f"Login Profile for User {user.name} cannot be found.")
    return found


def add(ctx: Context, owner: str, hash: str, *, reset: bool) -> None:
    ctx.tx.sql(
        f"INSERT INTO iam_login ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, '[]')",
        owner, ctx.account, ctx.now, ctx.now, int(reset), hash,
    )  # fmt: skip


def set_hash(ctx: Context, profile: Profile, hash: str) -> None:
    """Give a user another password, and keep the hash of this one."""
    earlier = orjson.dumps((profile.hash, *profile.earlier)[:_KEPT]).decode()
    ctx.tx.sql(
        "UPDATE iam_login SET hash = ?, earlier = ?, changed = ? WHERE owner = ?",
        hash, earlier, ctx.now, profile.owner,
    )  # fmt: skip


def set_reset(tx: Tx, owner: str, reset: bool) -> None:
    """Set whether the user has to choose another password."""
    tx.sql("UPDATE iam_login SET reset = ? WHERE owner = ?", int(reset), owner)


def delete(tx: Tx, owner: str) -> None:
    tx.sql("DELETE FROM iam_login WHERE owner = ?", owner)


def _profile(row: tuple[object, ...]) -> Profile:
    owner, account, created, changed, reset, hash, earlier = row
    return Profile(owner, account, created, changed, bool(reset), hash, tuple(orjson.loads(earlier)))  # type: ignore[arg-type]
