"""Rows of parameters, their versions and labels. Knows no request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from clary.kernel import AwsError
from clary.plane import Context
from clary.services.ssm.errors import no_version, not_found
from clary.services.ssm.names import Wanted, arn_of, path_of
from clary.store.api import Tx

_COLUMNS = "p.key, p.name, v.version, v.value, v.facts"
_JOINED = f"select {_COLUMNS} from ssm_parameter p join ssm_version v on v.scope = p.scope and v.key = p.key"


class Version(NamedTuple):
    """One version of a parameter. `facts` is what DescribeParameters shows of it; `value` is a ciphertext where its type
    is SecureString."""

    key: str
    name: str
    number: int
    value: str
    facts: Mapping[str, Any]

    @property
    def is_secure(self) -> bool:
        return self.facts["Type"] == "SecureString"


class Span(NamedTuple):
    """Parameters of one hierarchy, or of all: those right in it, or also those below it. `after` is the last key seen."""

    path: str | None = None
    recursive: bool = True
    after: str = ""


def newest(ctx: Context, key: str) -> Version | None:
    """Return the newest version of a parameter, None where there is no such parameter."""
    found = ctx.tx.sql(f"{_JOINED} and v.version = p.version where p.scope = ? and p.key = ?", ctx.scope, key)
    return _version(found[0]) if found else None


def require(ctx: Context, key: str) -> Version:
    """Return the newest version. Raise ParameterNotFound."""
    found = newest(ctx, key)
    if found is None:
        raise not_found(key)
    return found


def numbered(ctx: Context, key: str, number: int) -> Version:
    """Return one version of a parameter that exists. Raise ParameterVersionNotFound."""
    statement = f"{_JOINED} where p.scope = ? and p.key = ? and v.version = ?"
    found = ctx.tx.sql(statement, ctx.scope, key, number)
    if not found:
        raise no_version(key, number)
    return _version(found[0])


def selected(ctx: Context, wanted: Wanted) -> Version:
    """Return the version that a selector means, the newest without one. Raise ParameterNotFound and
    ParameterVersionNotFound."""
    current = require(ctx, wanted.key)
    if not wanted.selector:
        return current
    if wanted.selector.isascii() and wanted.selector.isdigit():
        return numbered(ctx, wanted.key, int(wanted.selector[:18]))
    if ":" in wanted.selector:
        raise not_found(f"{wanted.key}:{wanted.selector}")
    number = labels(ctx, wanted.key).get(wanted.selector)
    if number is None:
        raise no_version(wanted.key, wanted.selector)
    return numbered(ctx, wanted.key, number)


def history(ctx: Context, key: str, after: int, limit: int) -> list[Version]:
    """Return the versions after a number, the oldest first."""
    statement = f"{_JOINED} where p.scope = ? and p.key = ? and v.version > ? order by v.version limit ?"
    return [_version(row) for row in ctx.tx.sql(statement, ctx.scope, key, after, limit)]


def spanned(ctx: Context, span: Span, limit: int) -> list[Version]:
    """Return the newest versions of parameters in the order of their keys."""
    where, args = _where(span)
    statement = f"{_JOINED} and v.version = p.version where p.scope = ?{where} order by p.key limit ?"
    return [_version(row) for row in ctx.tx.sql(statement, ctx.scope, *args, limit)]


def _where(span: Span) -> tuple[str, list[str]]:
    if span.path is None or (span.path == "/" and span.recursive):
        return " and p.key > ?", [span.after]
    if not span.recursive:
        return " and p.path = ? and p.key > ?", [span.path, span.after]
    # "0" is the character after "/".
    return " and p.key > ? and p.key < ?", [max(span.after, f"{span.path}/"), f"{span.path}0"]


def labels(ctx: Context, key: str) -> dict[str, int]:
    """Return the version of each label of a parameter."""
    return dict(
        ctx.tx.sql(
            "select label, version from ssm_label where scope = ? and key = ? order by label", ctx.scope, key
        )
    )


def oldest(ctx: Context, key: str) -> tuple[int, int]:
    """Return the number of versions and the lowest of their numbers."""
    rows = ctx.tx.sql(
        "select count(*), min(version) from ssm_version where scope = ? and key = ?", ctx.scope, key
    )
    return rows[0][0], rows[0][1] or 0


def count(ctx: Context, tier: str) -> int:
    """Return how many parameters of a tier there are in this account and region."""
    rows = ctx.tx.sql("select count(*) from ssm_parameter where scope = ? and tier = ?", ctx.scope, tier)
    return rows[0][0]


def write(ctx: Context, name: str, version: Version) -> None:
    """Insert a version and make it the newest one of its parameter, which need not exist yet."""
    facts = orjson.dumps(version.facts).decode()
    ctx.tx.sql(
        "insert into ssm_version (scope, key, version, value, facts) values (?, ?, ?, ?, ?)",
        ctx.scope, version.key, version.number, version.value, facts,
    )  # fmt: skip
    ctx.tx.sql(
        "insert into ssm_parameter (scope, key, name, path, version, tier) values (?, ?, ?, ?, ?, ?)"
        " on conflict (scope, key) do update set version = excluded.version, tier = excluded.tier",
        ctx.scope, version.key, name, path_of(version.key), version.number, version.facts["Tier"],
    )  # fmt: skip


def drop_version(ctx: Context, key: str, number: int) -> None:
    ctx.tx.sql("delete from ssm_version where scope = ? and key = ? and version = ?", ctx.scope, key, number)


def drop(tx: Tx, scope: str, key: str) -> None:
    """Delete a parameter with its versions and labels."""
    for table in ("ssm_label", "ssm_version", "ssm_parameter"):
        tx.sql(f"delete from {table} where scope = ? and key = ?", scope, key)


def changed(ctx: Context, what: str, version: Version, more: Mapping[str, Any] | None = None) -> None:
    """Write into the change feed what happened to a parameter. Its value never stands there."""
    shown = {"name": version.name, "type": version.facts["Type"], "version": version.number, **(more or {})}
    arn = arn_of(ctx, version.key)
    ctx.tx.changed("ssm:Parameter", ctx.scope, version.key, arn, what, {"new": shown})


def _version(row: Sequence[Any]) -> Version:
    key, name, number, value, facts = row
    return Version(key, name, number, value, orjson.loads(facts))


def too_many(most: int) -> AwsError:
    """Return the error of an account that has all parameters that it may have."""
    said = f"You have exceeded the number of parameters for this AWS account: at most {most}."
    return AwsError("ParameterLimitExceeded", said)
