"""Upgrade documents of nouns that earlier versions stored.

A document is upgraded when it is read. `renew` also rewrites all of them once, since Lists query the stored
text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from clary.plane.nouns import operations
from clary.plane.nouns.documents import split
from clary.plane.nouns.noun import Noun
from clary.store.api import Query, Store, Tx
from clary.wire import ServiceModel

Doc = dict[str, Any]


def in_parts(noun: Noun, model: ServiceModel) -> Callable[[Doc], Doc]:
    """Return an upgrade for nouns that had records before documents had parts.

    Members of the Create call become the spec, those with an underscore the private part, all others the
    status.
    """
    return lambda doc: split(doc, operations.asked(model, noun.name))


_AT_ONCE = 500
_DONE = "documents in three parts"


def renew(store: Store, kinds: Iterable[str]) -> None:
    """Rewrite every record of these kinds, unless that was done in this store before."""
    with store.read() as tx:
        left = [kind for kind in kinds if tx.once("", _DONE, kind) is None]
    for kind in left:
        after: tuple[Any, str, str] | None = None
        while True:
            with store.write() as tx:
                after = _renewed(tx, kind, after)
                if after is None:
                    tx.remember("", _DONE, kind, {})
                    break


def _renewed(tx: Tx, kind: str, after: tuple[Any, str, str] | None) -> tuple[Any, str, str] | None:
    """Rewrite the next records; return the position of the last one, or None if there are no more."""
    found = tx.list(kind, None, Query(order="id", after=after, limit=_AT_ONCE))
    for record in found:
        tx.update(record)
    return (found[-1].id, found[-1].id, found[-1].scope) if found else None
