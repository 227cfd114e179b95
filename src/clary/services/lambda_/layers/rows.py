"""Layer versions as rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from clary.store.api import Tx

Params = dict[str, Any]
_COLUMNS = "scope, name, version, doc, sha256, place, size, created"


@dataclass(frozen=True, slots=True)
class Layer:
    """One version of a layer. `sha256` is that of its archive (hex), `size` its bytes."""

    scope: str
    name: str
    version: int
    doc: Params
    sha256: str
    place: str
    size: int
    created: float


def find(tx: Tx, scope: str, name: str, version: int) -> Layer | None:
    """Return a version of a layer, or None."""
    found = _select(tx, "scope = ? AND name = ? AND version = ?", scope, name, version)
    return found[0] if found else None


def of_name(tx: Tx, scope: str, name: str) -> list[Layer]:
    """Return all versions of a layer, the newest first."""
    return _select(tx, "scope = ? AND name = ? ORDER BY version DESC", scope, name)


def newest(tx: Tx, scope: str) -> list[Layer]:
    """Return the newest version of each layer, by name."""
    return list(
        {layer.name: layer for layer in _select(tx, "scope = ? ORDER BY name, version", scope)}.values()
    )


def add(tx: Tx, layer: Layer) -> None:
    """Write a new version."""
    tx.sql(
        f"INSERT INTO lambda_layer ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        layer.scope, layer.name, layer.version, orjson.dumps(layer.doc).decode(), layer.sha256, layer.place, layer.size,
        layer.created,
    )  # fmt: skip


def next_number(tx: Tx, scope: str, name: str) -> int:
    """Return the number of a new version: one that no version ever had."""
    rows = tx.sql(
        "INSERT INTO lambda_layer_number (scope, name, last) VALUES (?, ?, 1)"
        " ON CONFLICT (scope, name) DO UPDATE SET last = lambda_layer_number.last + 1 RETURNING last",
        scope, name,
    )  # fmt: skip
    return rows[0][0]


def _select(tx: Tx, where: str, *values: Any) -> list[Layer]:
    rows = tx.sql(f"SELECT {_COLUMNS} FROM lambda_layer WHERE {where}", *values)
    return [
        Layer(scope, name, version, orjson.loads(doc), *rest) for scope, name, version, doc, *rest in rows
    ]
