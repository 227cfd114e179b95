"""A platform in this process whose runs do what a test says, as the clients that the command has."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from clary.cli.reproduce.clients import Clients
from clary.kernel import FakeClock
from clary.plane import Platform
from clary.runs.fake import FakeExecutor
from clary.server.consumers import Consumers
from clary.server.loop import Controllers
from tests.support.principals import TRUST
from tests.support.sagemaker_requests import training_request
from tests.support.turns import turn

MODEL = "s3://bucket/out/job-1/output/model.tar.gz"


@pytest.fixture
def clients(client: Callable[..., Any]) -> Clients:
    return Clients(client("sagemaker"), client("s3"))


@pytest.fixture
def role(client: Callable[..., Any], clients: Clients) -> str:
    """A role for jobs, and a bucket with what they read."""
    clients.s3.create_bucket(Bucket="bucket")
    for key in ("train/a.csv", "out/job-1/output/model.tar.gz"):
        clients.s3.put_object(Bucket="bucket", Key=key, Body=b"1,2\n")
    iam = client("iam")
    iam.create_role(RoleName="Jobs", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.attach_role_policy(RoleName="Jobs", PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
    return iam.get_role(RoleName="Jobs")["Role"]["Arn"]


@pytest.fixture
def trained(
    clients: Clients,
    role: str,
    runs: FakeExecutor,
    platform: Platform,
    controllers: Controllers,
    clock: FakeClock,
) -> Callable[..., str]:
    """`trained(HyperParameters=…)`: run the job `job-1` to its end, with its lineage; return its ARN."""

    def train(**changes: Any) -> str:
        arn = clients.sagemaker.create_training_job(**training_request(role, **changes))["TrainingJobArn"]
        turn(controllers, clock, 2)
        for run in runs.specs:
            runs.finish(run, steps=(("Running", clock.now()),))
        turn(controllers, clock, 3)
        Consumers(platform).once()
        return arn

    return train
