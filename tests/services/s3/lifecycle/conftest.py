"""Rules, and the controllers that carry them out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from clary.kernel import FakeClock
from clary.plane import Platform
from clary.server.loop import Controllers
from clary.services.s3.lifecycle.schedule import SCAN

DAY, LEASE = 86400, 11.0  # seconds
_MOST_TURNS = 20


@pytest.fixture
def rule(s3: Any, bucket: str) -> Callable[..., None]:
    """`rule(Expiration={"Days": 1})`: the bucket's only rule."""

    def put(**elements: Any) -> None:
        one = {"ID": "one", "Status": "Enabled", "Filter": {}, **elements}
        s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [one]})

    return put


@pytest.fixture
def after(
    controllers: Controllers, move: Callable[[float], None], platform: Platform, clock: FakeClock
) -> Callable[[float], None]:
    """`after(3)`: three days go by, and the controllers do what is due, until every scan waits for its next midnight."""

    def rests() -> bool:
        with platform.store.read() as tx:
            scans = tx.list(SCAN.kind, None)
        return all(
            scan.due is None and (scan.until or 0) > clock.now() + clock.timeline.ahead for scan in scans
        )

    def go(days: float) -> None:
        move(int(days * DAY))
        for _ in range(_MOST_TURNS):
            while controllers.once():
                pass
            if rests():
                return
            clock.advance(
                LEASE
            )  # a step that another writer was faster than is taken again when its lease ends
        raise AssertionError("a scan does not come to rest")

    return go


@pytest.fixture
def keys(s3: Any, bucket: str) -> Callable[[], list[str]]:
    return lambda: [one["Key"] for one in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
