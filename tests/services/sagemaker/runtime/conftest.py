"""The runtime as it is in a gateway."""

import pytest

from clary.plane import Platform
from clary.services.sagemaker.runtime import background


@pytest.fixture(autouse=True)
def as_in_a_gateway(platform: Platform) -> background.State:
    """The state of a process whose background work refreshes routes and stores what is counted: here, tests do."""
    state = background.of(platform)
    state.is_kept = True
    return state
