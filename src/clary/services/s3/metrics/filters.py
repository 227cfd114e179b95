"""The filter of a metrics configuration: which requests it counts. Knows no bucket.

Source: "Creating a metrics configuration that filters by prefix, object tag, or access point"
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-configurations-filter.html).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from clary.services.s3 import errors, object_headers

Params = dict[str, Any]

_POINT = re.compile(r"arn:[a-z-]+:s3:[a-z0-9-]+:\d{12}:accesspoint/[a-z0-9-]{3,50}", re.ASCII)


class Filter(NamedTuple):
    """What a request must be about. `is_open` where it counts all requests, also those that are not about one object."""

    is_open: bool
    prefix: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    point: str = ""

    def takes(self, key: str, point: str) -> bool:
        """Return whether a request is counted, if its object has the tags. `key` is '' where it is not about one object."""
        if self.is_open:
            return True
        return bool(key) and key.startswith(self.prefix) and self.point in ("", point)

    def has_tags(self, tags: Mapping[str, str]) -> bool:
        return all(tags.get(name) == value for name, value in self.tags)


def filter_of(configuration: Params) -> Filter:
    """Return the filter of a stored configuration."""
    given = configuration.get("Filter")
    if not given:
        return Filter(is_open=True)
    said = given.get("And") or given
    return Filter(
        False,
        said.get("Prefix") or "",
        tuple((tag["Key"], tag["Value"]) for tag in _tags(said)),
        said.get("AccessPointArn") or "",
    )


def check(given: Params | None) -> None:
    """Raise S3's error for a filter that is not "a prefix, an object tag, an access point ARN, or a conjunction" of at least two
    (MetricsFilter, MetricsAndOperator, API reference)."""
    if given is None:
        return
    every = given.get("And")
    if len(given) != 1 or (every is not None and _count(every) < 2):
        raise errors.malformed_xml()
    said = every if every is not None else given
    object_headers.tags_of(_tags(said), limit=10)
    point = said.get("AccessPointArn")
    if point is not None and not _POINT.fullmatch(point):
        raise errors.invalid_argument("Invalid access point ARN", "AccessPointArn", point)


def _count(every: Params) -> int:
    return len(every.get("Tags") or []) + len([name for name in every if name != "Tags"])


def _tags(said: Params) -> list[Params]:
    return said.get("Tags") or ([said["Tag"]] if said.get("Tag") else [])
