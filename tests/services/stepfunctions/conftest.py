"""A role that Step Functions may take, and a bench that makes and runs state machines."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from clary.kernel import FakeClock
from clary.server.loop import Controllers
from clary.services.stepfunctions.language.jsonata import EVALUATORS

if TYPE_CHECKING:
    from clary.plane import Platform
    from tests.services.stepfunctions.bench import Bench

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}


@pytest.fixture(scope="session", autouse=True)
def _evaluators_end() -> Iterator[None]:
    yield
    EVALUATORS.close()


@pytest.fixture
def sfn(client: Callable[..., Any]) -> Any:
    return client("stepfunctions")


@pytest.fixture
def role(client: Callable[..., Any]) -> str:
    """A role that may do everything."""
    iam = client("iam")
    iam.create_role(RoleName="Flows", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.attach_role_policy(RoleName="Flows", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    return iam.get_role(RoleName="Flows")["Role"]["Arn"]


@pytest.fixture
def bench(sfn: Any, role: str, platform: Platform, controllers: Controllers, clock: FakeClock) -> Bench:
    from tests.services.stepfunctions.bench import Bench

    return Bench(sfn, role, platform, controllers, clock)
