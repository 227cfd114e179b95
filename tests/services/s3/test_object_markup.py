"""What listings write straight from their rows is what the writer of the model makes of the same members."""

from __future__ import annotations

from typing import Any

import pytest

from clary.services.s3 import object_markup
from clary.wire import Elements, load
from clary.wire.exchange import Codec, Exchange
from clary.wire.serialize.xml import escape

ROWS = [
    ("plain/key.txt", 12, "d41d8cd98f00b204e9800998ecf8427e", 1_795_000_000, "STANDARD", ""),
    ("a&b<c>\r\u0007ä", 0, "0" * 32 + "-3", 0, "GLACIER_IR", "CRC64NVME FULL_OBJECT AAAAAAAAAAA="),
    ("ünï", 5 << 40, "e", 1_795_000_001, "STANDARD", "SHA256 COMPOSITE xyz-2"),
]


def value(row: tuple[Any, ...]) -> dict[str, Any]:
    key, size, etag, modified, storage, sum_ = row
    algorithm, kind, _ = sum_.split(" ") if sum_ else ("", "", "")
    sums = {"ChecksumAlgorithm": [algorithm], "ChecksumType": kind} if sum_ else {}
    said = {"Key": key, "LastModified": modified, "ETag": f'"{etag}"', "Size": size, "StorageClass": storage}
    return said | sums


@pytest.mark.parametrize("operation", ["ListObjects", "ListObjectsV2"])
@pytest.mark.parametrize("owner", [None, "a" * 64])
def test_markup_is_the_models(operation: str, owner: str | None) -> None:
    def whole(row: tuple[Any, ...]) -> dict[str, Any]:
        return value(row) | ({"Owner": {"ID": owner}} if owner else {})

    exchange = Exchange(Codec(load("s3").operations[operation], "rest-xml"), {})
    quick = Elements(ROWS, whole, object_markup.writer(escape, owner))
    slow = [whole(row) for row in ROWS]
    assert list(quick) == slow
    assert exchange.render({"Contents": quick}, "id").body == exchange.render({"Contents": slow}, "id").body
