"""Environments that are started ahead, as many as versions and aliases ask for, and what is not needed any more."""

from __future__ import annotations

import logging
import time

from clary.kernel import AwsError
from clary.plane.port import Plane
from clary.services.lambda_.names import Named
from clary.services.lambda_.running import orders
from clary.services.lambda_.running.order import Order
from clary.services.lambda_.running.pool import Key, Pool
from clary.store.api import Tx

log = logging.getLogger("clary.lambda")

_AT_ONCE = 4
_AGAIN = 60.0  # seconds after a failure


async def status(platform: Plane, pool: Pool, scope: str, name: str, qualifier: str) -> tuple[int, bool]:
    """Return how many environments were started ahead for a version or an alias, and whether the last try failed."""
    try:
        order = await orders.order_of(platform, _named(platform, scope, name, qualifier), "")
    except AwsError:
        return 0, False
    return pool.ready(order.key), order.key in pool.failed


async def keep(platform: Plane, pool: Pool) -> None:
    """Start what is missing, some at a time, and end what is of no use."""
    wanted, current = await platform.store.run(lambda tx: _read(platform, tx, pool), write=False)
    pool.tidy(current)
    missing = 0
    for order, number in wanted:
        there = pool.ready(order.key)
        if there > number:
            for one in [
                one for one in pool.known() if one.key == order.key and one.provisioned and not one.busy
            ][number:]:
                pool.drop(one)
        for _ in range(min(number - there, _AT_ONCE - missing) if not _failed_lately(pool, order.key) else 0):
            missing += 1
            await pool.provision(order)


def _failed_lately(pool: Pool, key: Key) -> bool:
    return time.monotonic() - pool.failed.get(key, -_AGAIN) < _AGAIN


def _named(platform: Plane, scope: str, name: str, qualifier: str) -> Named:
    account, _, region = scope.partition("/")
    return Named(platform.settings.partition, region, account, name, qualifier)


def _read(platform: Plane, tx: Tx, pool: Pool) -> tuple[list[tuple[Order, int]], set[Key]]:
    """Return what is asked for ahead, and the keys that environments may have: those that are asked for, and those
    of the environments whose version is as it was."""
    wanted = []
    for scope, name, qualifier, number in tx.sql(
        "SELECT scope, name, qualifier, requested FROM lambda_provisioned"
    ):
        try:
            wanted.append((orders.resolve(tx, _named(platform, scope, name, qualifier), ""), number))
        except (AwsError, LookupError):
            continue
    keys = {one.key for one in pool.known()}
    current = {key for key in keys if _is_current(platform, tx, key)}
    ahead = {order.key for order, _ in wanted}
    for one in pool.known():
        if one.provisioned and not one.busy and one.key not in ahead:
            pool.drop(one)
    return wanted, current | ahead


def _is_current(platform: Plane, tx: Tx, key: Key) -> bool:
    scope, name, version, _ = key
    try:
        return orders.resolve(tx, _named(platform, scope, name, version), "").key == key
    except (AwsError, LookupError):
        return False
