"""An object of a listing as XML, straight from its row. Knows no query.

The members and their order are those of the shape `Object` of S3's model; a test compares this with what the model's own
writer makes of the same members.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from clary.wire import timestamps

Row = tuple[Any, ...]


def writer(text: Callable[[str], str], owner: str | None) -> Callable[[Row], str]:
    """Return what makes `<Contents>` of a row of key, size, ETag, time in seconds, storage class and checksum.

    `text` makes markup of a key; `owner` is the owner's canonical id if it is to be shown.
    """
    end = f"<Owner><ID>{owner}</ID></Owner></Contents>" if owner else "</Contents>"

    def write(row: Row) -> str:
        key, size, etag, modified, storage, sum_ = row
        return (
            f'<Contents><Key>{text(key)}</Key>{_modified(modified)}<ETag>"{etag}"</ETag>'
            f"{_sum(sum_)}<Size>{size}</Size><StorageClass>{storage}</StorageClass>{end}"
        )

    return write


@lru_cache(maxsize=4096)
def _modified(moment: int) -> str:
    return f"<LastModified>{timestamps.iso_milliseconds(moment)}</LastModified>"


def _sum(stored: str) -> str:
    return _sum_markup(stored.rpartition(" ")[0]) if stored else ""


@lru_cache(maxsize=64)
def _sum_markup(kind_of_sum: str) -> str:
    algorithm, kind = kind_of_sum.split(" ")
    return f"<ChecksumAlgorithm>{algorithm}</ChecksumAlgorithm><ChecksumType>{kind}</ChecksumType>"
