"""An executor in a fresh home and a small S3, as all tests of runs have them."""

from __future__ import annotations

from tests.support import executors

bench, s3 = executors.bench, executors.s3
