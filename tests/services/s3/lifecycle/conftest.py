"""Rules, and the controllers that carry them out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from clary.server.loop import Controllers

DAY = 86400


@pytest.fixture
def rule(s3: Any, bucket: str) -> Callable[..., None]:
    """`rule(Expiration={"Days": 1})`: the bucket's only rule."""

    def put(**elements: Any) -> None:
        one = {"ID": "one", "Status": "Enabled", "Filter": {}, **elements}
        s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [one]})

    return put


@pytest.fixture
def after(controllers: Controllers, move: Callable[[float], None]) -> Callable[[float], None]:
    """`after(3)`: three days go by, and the controllers do what is due."""

    def go(days: float) -> None:
        move(int(days * DAY))
        while controllers.once():
            pass

    return go


@pytest.fixture
def keys(s3: Any, bucket: str) -> Callable[[], list[str]]:
    return lambda: [one["Key"] for one in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
