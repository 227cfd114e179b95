"""A group `g`, and the root user of another account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from clary.plane import Platform
from clary.server.accounts import ensure_account
from tests.support.principals import OTHER

_SECRET = "other-secret-other-secret-other-secret-o"


@pytest.fixture
def group(sm: Any) -> str:
    sm.create_model_package_group(ModelPackageGroupName="g", ModelPackageGroupDescription="all of them")
    return "g"


@pytest.fixture
def foreign(platform: Platform, client: Callable[..., Any]) -> Callable[[str], Any]:
    """`foreign("s3")`: a client of the root user of another account."""
    with platform.store.write() as tx:
        ensure_account(tx, OTHER, "AKIAOTHEROTHEROTHER0", _SECRET)
    return lambda service: client(service, key="AKIAOTHEROTHEROTHER0", secret=_SECRET)
