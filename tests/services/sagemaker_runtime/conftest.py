"""An endpoint in service, as the endpoint tests have it."""

import pytest

from clary.plane import Platform
from clary.services.sagemaker_runtime import background
from tests.services.sagemaker.conftest import farm, in_service, role, sm, stored

__all__ = ["farm", "in_service", "role", "sm", "stored"]


@pytest.fixture(autouse=True)
def as_in_a_gateway(platform: Platform) -> background.State:
    """The state of a process whose background work refreshes routes and stores what is counted: here, tests do."""
    state = background.of(platform)
    state.is_kept = True
    return state
