"""Users, groups, roles, policies and instance profiles: one table for all that have a name, a path and an
ARN."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from clary.access.new_ids import unique_id
from clary.kernel import AwsError
from clary.plane import Context
from clary.plane.paging import read_token, sign_token
from clary.services.iam import errors
from clary.store.api import Tx

_COLUMNS = "account, kind, folded, name, path, id, arn, created, boundary, doc"


@dataclass(frozen=True, slots=True)
class Entity:
    """A user, group, role, policy or instance profile (`kind`).

    `boundary` is the ARN of its permissions boundary, or ''. `doc` holds what only its kind has.
    """

    account: str
    kind: str
    name: str
    path: str
    id: str
    arn: str
    created: float
    boundary: str = ""
    doc: Mapping[str, Any] = field(default_factory=dict)

    @property
    def partition(self) -> str:
        return self.arn.split(":", 2)[1]

    @classmethod
    def of_row(cls, row: Sequence[Any]) -> Entity:
        account, kind, _folded, name, path, id, arn, created, boundary, doc = row
        return cls(account, kind, name, path, id, arn, created, boundary, orjson.loads(doc))

    def evolve(self, **changes: Any) -> Entity:
        return replace(self, **changes)


def get(tx: Tx, account: str, kind: str, name: str) -> Entity | None:
    rows = tx.sql(
        f"SELECT {_COLUMNS} FROM iam_entity WHERE account = ? AND kind = ? AND folded = ?",
        account, kind, name.lower(),
    )  # fmt: skip
    return Entity.of_row(rows[0]) if rows else None


def by_arn(tx: Tx, arn: str) -> Entity | None:
    rows = tx.sql(f"SELECT {_COLUMNS} FROM iam_entity WHERE arn = ?", arn)
    return Entity.of_row(rows[0]) if rows else None


def by_id(tx: Tx, id: str) -> Entity | None:
    rows = tx.sql(f"SELECT {_COLUMNS} FROM iam_entity WHERE id = ?", id)
    return Entity.of_row(rows[0]) if rows else None


def find(ctx: Context, kind: str, name: str) -> Entity:
    """Return the entity of this name in the caller's account. Raise NoSuchEntity."""
    found = get(ctx.tx, ctx.account, kind, name)
    if found is None:
        raise errors.no_such(kind, name)
    return found


def create(
    ctx: Context, kind: str, name: str, path: str, *, boundary: str = "", doc: Mapping[str, Any] | None = None
) -> Entity:
    """Insert an entity with a new id and return it. Raise EntityAlreadyExists."""
    if get(ctx.tx, ctx.account, kind, name):
        raise errors.already_exists(kind, name)
    id = unique_id(kind, ctx.platform.ids)
    entity = Entity(
        ctx.account, kind, name, path, id, arn_of(ctx, kind, path, name), ctx.now, boundary, doc or {}
    )
    _insert(ctx.tx, entity)
    return entity


def update(tx: Tx, old: Entity, new: Entity) -> None:
    """Write changes of name, path, boundary or document."""
    tx.sql("DELETE FROM iam_entity WHERE id = ?", old.id)
    _insert(tx, new)


def delete(tx: Tx, entity: Entity) -> None:
    tx.sql("DELETE FROM iam_entity WHERE id = ?", entity.id)
    tx.untag(entity.arn, tx.tags(entity.arn))


def arn_of(ctx: Context, kind: str, path: str, name: str) -> str:
    """Return the ARN that a new entity of the account gets. Stored entities have their own `arn`."""
    return f"arn:{ctx.partition}:iam::{ctx.account}:{kind}{path}{name}"


def _insert(tx: Tx, e: Entity) -> None:
    tx.sql(
        f"INSERT INTO iam_entity ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        e.account, e.kind, e.name.lower(), e.name, e.path, e.id, e.arn, e.created, e.boundary,
        orjson.dumps(e.doc).decode(),
    )  # fmt: skip


def list_all(tx: Tx, account: str, kind: str, prefix: str = "/") -> list[Entity]:
    """Return all entities of a kind below a path, by name."""
    return _select(tx, account, kind, prefix, "", 1 << 31)


def _select(tx: Tx, account: str, kind: str, prefix: str, after: str, limit: int) -> list[Entity]:
    rows = tx.sql(
        f"SELECT {_COLUMNS} FROM iam_entity WHERE account = ? AND kind = ? AND folded > ? "
        "AND substr(path, 1, ?) = ? ORDER BY folded LIMIT ?",
        account, kind, after, len(prefix), prefix, limit,
    )  # fmt: skip
    return [Entity.of_row(row) for row in rows]


def page(ctx: Context, kind: str, params: Mapping[str, Any]) -> tuple[list[Entity], dict[str, Any]]:
    """Return a page of entities below `PathPrefix`, and the members `IsTruncated` and `Marker`."""
    limit = int(params.get("MaxItems") or 100)
    after = _after(ctx, params)
    found = _select(ctx.tx, ctx.account, kind, params.get("PathPrefix") or "/", after, limit + 1)
    return found[:limit], _more(ctx, [entity.name.lower() for entity in found], limit)


def paginate(
    ctx: Context, params: Mapping[str, Any], items: Iterable[Any], key: Any
) -> tuple[list[Any], dict[str, Any]]:
    """Return a page of items sorted by `key` (a text), and the members `IsTruncated` and `Marker`."""
    limit = int(params.get("MaxItems") or 100)
    after = _after(ctx, params)
    keyed = sorted(((key(item), item) for item in items), key=lambda pair: pair[0])
    found = [pair for pair in keyed if pair[0] > after][: limit + 1]
    return [item for _, item in found[:limit]], _more(ctx, [text for text, _ in found], limit)


def _after(ctx: Context, params: Mapping[str, Any]) -> str:
    if not params.get("Marker"):
        return ""
    try:
        return str(read_token(ctx, params["Marker"]))
    except AwsError:
        raise errors.validation_error("Invalid Marker.") from None


def _more(ctx: Context, names: Sequence[str], limit: int) -> dict[str, Any]:
    if len(names) <= limit:
        return {"IsTruncated": False}
    return {"IsTruncated": True, "Marker": sign_token(ctx, names[limit - 1])}
