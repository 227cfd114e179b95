"""Another account beside the customer's."""

from __future__ import annotations

import pytest

from clary.plane import Platform
from clary.server.accounts import ensure_account
from tests.security.principals.facts import Client
from tests.services.sagemaker import conftest as sagemaker
from tests.support.principals import OTHER

sm, stored, role, farm = sagemaker.sm, sagemaker.stored, sagemaker.role, sagemaker.farm


@pytest.fixture
def stranger(platform: Platform, client: Client) -> Client:
    """`stranger(service)`: a client as the root user of another account."""
    key, secret = "AKIASTRANGERSTRANGER", "s" * 40
    with platform.store.write() as tx:
        ensure_account(tx, OTHER, key, secret)
    return lambda service: client(service, key, secret)
