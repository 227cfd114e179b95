"""Request ids are version 4 UUIDs (RFC 9562), and no two are alike, whatever process asks for them."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

from clary.server.ids import PooledIds


def test_each_is_a_random_uuid_of_its_own() -> None:
    ids = PooledIds()
    made = [ids.uuid() for _ in range(2000)]
    assert len(set(made)) == 2000
    for text in made:
        parsed = uuid.UUID(text)
        assert (parsed.version, parsed.variant, str(parsed)) == (4, uuid.RFC_4122, text)


def test_threads_share_one() -> None:
    ids = PooledIds()
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: ids.uuid(), range(20_000)))
    assert len(set(made)) == 20_000
