"""Runs that have been started, and what they are lent."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from clary.kernel import FakeClock
from clary.runs.api import RunSpec
from clary.runs.fake import FakeExecutor
from clary.server.loop import Controllers
from tests.inprocess import ENDPOINT, InProcess
from tests.security.lent_keys.lending import Client, Hosting, Open, make_model
from tests.services.sagemaker import conftest as sagemaker
from tests.services.sagemaker.farm import Farm
from tests.support.principals import allow, trust
from tests.support.principals import role as make_role

sm, stored, role, farm = sagemaker.sm, sagemaker.stored, sagemaker.role, sagemaker.farm


@pytest.fixture
def opened(app: InProcess) -> Open:
    """`opened(spec)`: what the credentials address of a run answers, and the name of the role."""

    def ask(spec: RunSpec) -> tuple[int, str]:
        path = urlsplit(spec.credentials_uri).path
        headers = {"authorization": spec.credentials_token}
        code, _, body = app.request("GET", ENDPOINT + path, headers)
        return code, json.loads(body).get("RoleArn", "").rpartition("/")[2]

    return ask


@pytest.fixture
def models(client: Client, sm: Any, stored: Any) -> None:
    """Models `prod` and `dev`, each with a role of its name."""
    for name in ("prod", "dev"):
        made = make_role(client, trust({"Service": "sagemaker.amazonaws.com"}), allow("s3:*"), name=name)
        make_model(sm, name, made)


@pytest.fixture
def hosting(
    models: None, sm: Any, controllers: Controllers, clock: FakeClock, farm: Farm, runs: FakeExecutor
) -> Hosting:
    return Hosting(sm, controllers, clock, farm, runs)
