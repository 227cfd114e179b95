"""A client of KMS, a key, and users who may do what their policies say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from clary.plane import Platform
from clary.server.accounts import ensure_account
from tests.support.principals import OTHER


@pytest.fixture
def kms(client: Callable[..., Any]) -> Any:
    return client("kms")


@pytest.fixture
def key(kms: Any) -> str:
    """The ARN of a symmetric key with the default policy."""
    return kms.create_key()["KeyMetadata"]["Arn"]


@pytest.fixture
def other(platform: Platform) -> dict[str, str]:
    """The root user of another account, as client arguments."""
    made = {"key": "AKIAOTHEROTHEROTHERO", "secret": "other-secret-other-secret-other-secret-ot"}
    with platform.store.write() as tx:
        ensure_account(tx, OTHER, made["key"], made["secret"])
    return made
