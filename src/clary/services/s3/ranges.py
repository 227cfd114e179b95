"""The bytes of an object that a request asks for with Range or partNumber. Knows sizes, not bytes."""

from __future__ import annotations

import re
from typing import NamedTuple

from clary.kernel import AwsError
from clary.services.s3 import errors

# Longer numbers are rejected: Python limits their length, and no object is that large.
_RANGE = re.compile(r"bytes=(\d{0,99})-(\d{0,99})", re.I | re.ASCII)
_COPIED = re.compile(r"bytes=(\d{1,99})-(\d{1,99})", re.ASCII)


class Span(NamedTuple):
    """A span of `length` bytes from `start` in an object of `size` bytes."""

    start: int
    length: int
    size: int

    @property
    def content_range(self) -> str:
        """The Content-Range header, such as `bytes 0-9/100`; `bytes 0--1/0` for an empty part of an empty
        object."""
        return f"bytes {self.start}-{self.start + self.length - 1}/{self.size}"


def span_of(header: str, size: int) -> Span | None:
    """Return the span that a Range header names, or None for a header to be ignored.

    HTTP says to ignore other units, several ranges, and a first byte after the last. Raise InvalidRange (416)
    if no byte of the range exists.
    """
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
    """Return the span of an x-amz-copy-source-range header. Both ends must be given and lie in the object."""
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
    """Raise InvalidArgument unless the part number is between 1 and 10,000."""
    if not 1 <= number <= 10_000:
        message = "Part number must be an integer between 1 and 10000, inclusive"
        raise errors.invalid_argument(message, "partNumber", number)


def part_span(number: int, sizes: list[int]) -> Span:
    """Return the span of one part of an object whose parts have these sizes."""
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
