"""A client of Secrets Manager, and a secret with one version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def sm(client: Callable[..., Any]) -> Any:
    return client("secretsmanager")


@pytest.fixture
def secret(sm: Any) -> dict[str, Any]:
    """A secret `s` with the value `one`, as it was answered."""
    return sm.create_secret(Name="s", SecretString="one")
