"""Documents of nouns as earlier versions stored them, in today's form.

A document is brought up when it is read; `renew` writes them all again once, since Lists look into what is stored.
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
    """An upgrade for nouns of which there were records before documents had parts: what a Create call may say is spec,
    what began with an underscore private, all else status."""
    return lambda doc: split(doc, operations.asked(model, noun.name))


_AT_ONCE = 500
_DONE = "documents in three parts"


def renew(store: Store, kinds: Iterable[str]) -> None:
    """Write every record of these kinds again, unless that was done in this store before."""
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
    """Write the next records again; the place of the last one, None where there are no more."""
    found = tx.list(kind, None, Query(order="id", after=after, limit=_AT_ONCE))
    for record in found:
        tx.update(record)
    return (found[-1].id, found[-1].id, found[-1].scope) if found else None
