"""Tracking servers whose program is a stub, and clients that sign as AWS's plugin for MLflow does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from clary.kernel import FakeClock
from clary.runs.fake import FakeExecutor
from clary.server.loop import Controllers
from tests.conftest import ROOT_KEY, ROOT_SECRET
from tests.inprocess import ENDPOINT, InProcess
from tests.services.sagemaker.mlflow.stub import Stub
from tests.support.turns import turn

Answer = tuple[int, dict[str, str], Any]


class Servers:
    """Stubs for the runs of a FakeExecutor, and turns of the controllers."""

    def __init__(self, runs: FakeExecutor, controllers: Controllers, clock: FakeClock, folder: Path) -> None:
        self.runs, self._controllers, self._clock, self._folder = runs, controllers, clock, folder
        self.stubs: dict[str, Stub] = {}
        self._made = count()

    def turn(self, times: int = 1, seconds: float = 1.0) -> None:
        turn(self._controllers, self._clock, times, seconds)

    def bring_up(self) -> Stub:
        """Give every run that has none its program, let the controllers see that it answers, and return the last one."""
        self.turn(3)
        for run in list(self.runs.specs):
            if self.runs.inspect(run).phase == "preparing":
                self.stubs[run] = Stub(self._folder / str(next(self._made)))
                self.runs.advance(run, sockets={"algo-1": str(self.stubs[run].path.parent)})
        self.turn(2)
        return list(self.stubs.values())[-1]

    def kill(self) -> None:
        """End the last program."""
        run = list(self.stubs)[-1]
        self.stubs.pop(run).close()
        self.runs.finish(run, code=-9)
        self._clock.advance(15)  # a real executor tells the controllers at once

    def end_stopped(self) -> None:
        """Let the programs that were told to stop end."""
        for run, _ in self.runs.stops:
            if run in self.stubs:
                self.stubs.pop(run).close()
                self.runs.finish(run)

    def close(self) -> None:
        for stub in self.stubs.values():
            stub.close()


@pytest.fixture
def servers(
    runs: FakeExecutor, controllers: Controllers, clock: FakeClock, tmp_path: Path
) -> Iterator[Servers]:
    made = Servers(runs, controllers, clock, tmp_path / "m")
    yield made
    made.close()


@pytest.fixture
def track(sm: Any, role: str) -> Callable[..., str]:
    """`track(AutomaticModelRegistration=True)`: a new tracking server `track`; its ARN."""

    def create(**more: Any) -> str:
        request = {"TrackingServerName": "track", "ArtifactStoreUri": "s3://bucket/mlflow", "RoleArn": role}
        return sm.create_mlflow_tracking_server(**{**request, **more})["TrackingServerArn"]

    return create


@pytest.fixture
def registering_role(client: Callable[..., Any], role: str) -> str:
    """The role of the servers, with the rights that AWS's guide asks for automatic registration."""
    allowed = (
        "CreateModelPackageGroup",
        "CreateModelPackage",
        "UpdateModelPackage",
        "DescribeModelPackageGroup",
    )
    statement = {
        "Effect": "Allow",
        "Action": [f"sagemaker:{name}" for name in (*allowed, "AddTags")],
        "Resource": "*",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    client("iam").put_role_policy(RoleName="Jobs", PolicyName="register", PolicyDocument=document)
    return role


@pytest.fixture
def signed(app: InProcess) -> Callable[..., Answer]:
    """One request to MLflow's REST API, signed as `sagemaker_mlflow.auth` does: status, headers, JSON or text."""

    def send(
        arn: str,
        method: str,
        path: str,
        body: Any = None,
        *,
        url: str = f"{ENDPOINT}/_mlflow",
        key: str = ROOT_KEY,
        secret: str = ROOT_SECRET,
        token: str | None = None,
        service: str = "",
        region: str = "us-east-1",
        headers: dict[str, str] | None = None,
    ) -> Answer:
        is_app = ":mlflow-app/" in arn
        name = "x-sm-mlflow-app-arn" if is_app else "x-mlflow-sm-tracking-server-arn"
        data = json.dumps(body).encode() if body is not None else b""
        request = AWSRequest(method, f"{url}{path}", {name: arn}, data)
        service = service or ("sagemaker" if is_app else "sagemaker-mlflow")
        SigV4Auth(Credentials(key, secret, token), service, region).add_auth(request)
        given = {**dict(request.headers.items()), **(headers or {})}
        return _read(app.request(method, str(request.url), given, data))

    return send


@pytest.fixture
def browse(app: InProcess) -> Callable[..., Answer]:
    """One request of a browser: status, headers, JSON or text."""

    def send(method: str, url: str, cookie: str = "", body: bytes = b"", **headers: str) -> Answer:
        given = {**({"cookie": cookie} if cookie else {}), **headers}
        return _read(app.request(method, url, given, body))

    return send


def _read(answer: tuple[int, list[tuple[str, str]], bytes]) -> Answer:
    status, headers, data = answer
    try:
        said = json.loads(data)
    except ValueError:
        said = data.decode()
    return status, dict(headers), said
