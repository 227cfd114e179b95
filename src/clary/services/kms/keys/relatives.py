"""The other keys of a multi-Region key: its primary and its replicas, one in each of its Regions."""

from __future__ import annotations

from collections.abc import Iterable

from clary.plane import Record, revise
from clary.services.kms.keys import noun
from clary.store.api import Tx


def others(tx: Tx, key: Record) -> list[Record]:
    """Return the keys with this id in the other Regions; none for a key of a single Region."""
    if not noun.is_multi_region(key):
        return []
    regions = [key.private["primary"], *key.private["replicas"]]
    here = noun.named(key)
    found = [noun.find(tx, here._replace(region=one)) for one in regions if one != here.region]
    return [one for one in found if one is not None]


def tell(tx: Tx, keys: Iterable[Record], primary: str, replicas: Iterable[str], now: float) -> None:
    """Write into keys which Regions the key is in."""
    place = {"primary": primary, "replicas": sorted(replicas)}
    for key in keys:
        tx.update(revise(key, private=place, modified=now))
