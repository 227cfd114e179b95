"""A role that Lambda may take, archives, and functions as the smallest requests that AWS would accept."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from clary.kernel import FakeClock
from clary.server.loop import Controllers
from tests.services.lambda_.functions import Functions
from tests.support.functions import TRUST, archive, runtime
from tests.support.live import Live
from tests.support.turns import turn


@pytest.fixture
def lam(client: Callable[..., Any]) -> Any:
    return client("lambda")


@pytest.fixture
def role(client: Callable[..., Any]) -> str:
    made = client("iam").create_role(RoleName="runs", AssumeRolePolicyDocument=json.dumps(TRUST))
    return made["Role"]["Arn"]


@pytest.fixture
def settle(controllers: Controllers, clock: FakeClock) -> Callable[[], None]:
    """Let what is Pending or being updated come to an end."""
    return lambda: turn(controllers, clock, 2, 1)


@pytest.fixture
def create(lam: Any, role: str, settle: Callable[[], None]) -> Callable[..., dict[str, Any]]:
    """`create("name", Timeout=5)`: an active function."""

    def make(name: str, **given: Any) -> dict[str, Any]:
        code = archive({"index.py": "def handler(event, context):\n    return event\n"})
        wanted = {
            "Runtime": runtime(),
            "Role": role,
            "Handler": "index.handler",
            "Code": {"ZipFile": code},
            **given,
        }
        made = lam.create_function(FunctionName=name, **wanted)
        settle()
        return made

    return make


@pytest.fixture(scope="session")
def functions(shared_live: Live) -> Functions:
    """Functions of the platform that runs for all tests."""
    return Functions(shared_live)
