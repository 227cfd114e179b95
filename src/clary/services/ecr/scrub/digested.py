"""Bytes whose digest is known. Those of a repository with a key of KMS are counted only: nobody is asked for the key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from clary.objects.encryption import Keys
from clary.plane import Platform
from clary.plane.upkeep.reading import Known, Lying, Pace, Unreadable, reason_of
from clary.plane.upkeep.scrub import Item
from clary.services.ecr.layers.keys import OWN
from clary.services.ecr.layers.service_keys import service_keys
from clary.services.ecr.layers.storage import Bytes
from clary.wire import checksums

Check = Callable[[Platform, Item, int, Pace], Awaitable[str]]


def check(find: Callable[[Item], tuple[Bytes, str]]) -> Check:
    """Return what checks items of which `find` says where the bytes lie, and their digest (`sha256:…`)."""

    async def check(platform: Platform, item: Item, _: int, pace: Pace) -> str:
        of, digest = find(item)
        keys = await _keys(platform, of.cipher)
        lying = Lying(of.place, of.sizes, 1, keys)
        known = [_known(digest)] if keys else []
        return await reason_of(platform.objects, lying, 0, len(of.sizes) - 1, known, pace)

    return check


def _known(digest: str) -> Known:
    return checksums.new("SHA256"), bytes.fromhex(digest.removeprefix("sha256:"))


async def _keys(platform: Platform, number: int) -> Keys:
    if number == OWN:
        return ()
    try:
        return (await service_keys.opened(platform, number),)
    except KeyError:
        raise Unreadable(f"the key {number} of ECR, under which they lie, is not there") from None
