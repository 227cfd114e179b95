"""Which bytes of an object a request wants: Range and partNumber. Knows sizes, no bytes."""

from __future__ import annotations

import re
from typing import NamedTuple

from clary.kernel import AwsError
from clary.services.s3 import errors

# Longer numbers are none that Python reads, and no object has so many bytes.
_RANGE = re.compile(r"bytes=(\d{0,99})-(\d{0,99})", re.I | re.ASCII)
_COPIED = re.compile(r"bytes=(\d{1,99})-(\d{1,99})", re.ASCII)


class Span(NamedTuple):
    """A stretch of `length` bytes from `start` in an object of `size` bytes."""

    start: int
    length: int
    size: int

    @property
    def content_range(self) -> str:
        """`bytes 0-9/100`. An empty part of an empty object is `bytes 0--1/0`, as nothing else can be said."""
        return f"bytes {self.start}-{self.start + self.length - 1}/{self.size}"


def span_of(header: str, size: int) -> Span | None:
    """The stretch that a Range header names. None for a header that HTTP says to ignore (another unit, several
    ranges, first after last). Raises InvalidRange (416) when nothing of it is there."""
    found = _RANGE.fullmatch(header.replace(" ", ""))
    if found is None or header.strip().endswith("=-"):
        return None
    first, last = found.groups()
    if not first:
        start, end = max(0, size - int(last)), size - 1
        if int(last) == 0 or size == 0:
            raise _unsatisfiable(header, size)
        return Span(start, end - start + 1, size)
    start, end = int(first), min(int(last), size - 1) if last else size - 1
    if last and int(last) < start:
        return None
    if start >= size:
        raise _unsatisfiable(header, size)
    return Span(start, end - start + 1, size)


def copy_span(header: str, size: int) -> Span:
    """The stretch of an x-amz-copy-source-range, which must name both ends, inside the object."""
    found = _COPIED.fullmatch(header)
    if found is None or int(found[2]) < int(found[1]):
        message = (
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
            "zero-based offsets of the first and last bytes to copy"
        )
        raise AwsError(
            "InvalidArgument",
            message,
            400,
            {"ArgumentName": "x-amz-copy-source-range", "ArgumentValue": header},
        )
    start, end = int(found[1]), int(found[2])
    if start >= size:
        message = "The specified copy range is invalid for the source object size"
        raise AwsError("InvalidRequest", message)
    if end >= size:
        message = f"Range specified is not valid for source object of size: {size}"
        raise AwsError(
            "InvalidArgument",
            message,
            400,
            {"ArgumentName": "x-amz-copy-source-range", "ArgumentValue": header},
        )
    return Span(start, end - start + 1, size)


def check_number(number: int) -> None:
    """Raises InvalidArgument for a number that no part has."""
    if not 1 <= number <= 10_000:
        message = "Part number must be an integer between 1 and 10000, inclusive"
        raise errors.invalid_argument(message, "partNumber", number)


def part_span(number: int, sizes: list[int]) -> Span:
    """The stretch of one part of an object that was uploaded in parts of these sizes (or in one go)."""
    check_number(number)
    if number > len(sizes):
        raise AwsError(
            "InvalidPartNumber",
            "The requested partnumber is not satisfiable",
            416,
            {"PartNumberRequested": str(number), "ActualPartCount": str(len(sizes))},
        )
    return Span(sum(sizes[: number - 1]), sizes[number - 1], sum(sizes))


def _unsatisfiable(header: str, size: int) -> AwsError:
    return AwsError(
        "InvalidRange",
        "The requested range is not satisfiable",
        416,
        {"RangeRequested": header, "ActualObjectSize": str(size)},
    )
