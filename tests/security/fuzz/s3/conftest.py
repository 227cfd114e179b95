"""The world of S3, and a bucket in it that nobody takes away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.inprocess import Loop
from tests.security.matrix.world import World


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory, loop: Loop) -> Iterator[World]:
    world = World("s3", tmp_path_factory.mktemp("w"), loop)
    s3 = world.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(
        Bucket="bucket", Key="first", Body=b"1"
    )  # the platform makes its key for objects with the first one
    yield world
    world.close()
