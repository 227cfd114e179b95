"""Passwords are tested with a cheap hash; test_hashing.py has the real one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from clary.services.iam.passwords import hashing


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "_N", 2)
    monkeypatch.setattr(hashing, "_P", 1)


@pytest.fixture
def iam(client: Callable[..., Any]) -> Any:
    iam = client("iam")
    iam.create_user(UserName="ann")
    return iam


def sign_in(iam: Any, client: Callable[..., Any], name: str = "ann") -> Any:
    """Return IAM as the user sees it."""
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return client("iam", key["AccessKeyId"], key["SecretAccessKey"])
