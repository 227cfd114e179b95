"""The parsers of lists for batch jobs, which users write."""

from __future__ import annotations

from clary.services.s3.control.batch import manifests, reading
from clary.services.s3.control.batch.errors import JobFailure
from tests.security.fuzz.harness import Target

_CSV = (b"bucket", b",", b'"', b"\n", b"\r\n", b"key%20", b"a", b"\0", b"\xff", b'""')
_JSON = (
    b"{", b"}", b"[", b"]", b",", b":", b'"files"', b'"key"', b'"a"', b'"fileSchema"', b'"Bucket, Key"', b'"fileFormat"',
    b'"CSV"', b'"destinationBucket"', b"1", b"null",
)  # fmt: skip


def batch_targets() -> tuple[Target, ...]:
    failures = (JobFailure,)
    return (
        Target("manifest of a batch job", _lines, _CSV, failures),
        Target("manifest of an inventory", manifests.parse_inventory, _JSON, failures),
    )


def _lines(data: bytes) -> object:
    half = len(data) // 2
    return list(manifests.rows_of(reading.lines([data[:half], data[half:]]), ["Bucket", "Key", "Ignore"]))
