"""A clock for botocore's signers."""

from __future__ import annotations

from collections.abc import Iterator
from unittest import mock

import pytest

from tests.wire.signing import BOTOCORES_NOW


@pytest.fixture
def botocores_clock() -> Iterator[None]:
    """Let botocore sign at NOW."""
    with mock.patch("botocore.auth.get_current_datetime", return_value=BOTOCORES_NOW):
        yield
