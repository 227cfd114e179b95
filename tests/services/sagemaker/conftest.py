"""A role that SageMaker may take, and the smallest requests that AWS would accept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from clary.kernel import FakeClock
from clary.runs.fake import FakeExecutor
from clary.server.loop import Controllers

if TYPE_CHECKING:
    from clary.plane import Platform
    from tests.services.sagemaker.farm import Farm
    from tests.services.sagemaker.pipeline_bench import Bench


@pytest.fixture
def sm(client: Callable[..., Any]) -> Any:
    return client("sagemaker")


# What the requests of these tests name in S3.
STORED = (
    "train/a.csv",
    "in/a.csv",
    "model.tar.gz",
    "m.tar.gz",
    "weights/a.bin",
    "out/job-1/output/model.tar.gz",
)


@pytest.fixture
def stored(client: Callable[..., Any]) -> Any:
    """The S3 client, with a bucket that has the data of jobs and models."""
    s3 = client("s3")
    s3.create_bucket(Bucket="bucket")
    for key in STORED:
        s3.put_object(Bucket="bucket", Key=key, Body=b"1,2\n")
    return s3


@pytest.fixture
def role(client: Callable[..., Any], stored: Any) -> str:
    iam = client("iam")
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "sagemaker.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    iam.create_role(RoleName="Jobs", AssumeRolePolicyDocument=json.dumps(trust))
    iam.attach_role_policy(RoleName="Jobs", PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
    return iam.get_role(RoleName="Jobs")["Role"]["Arn"]


@pytest.fixture
def farm(runs: FakeExecutor, tmp_path: Path) -> Iterator[Farm]:
    from tests.services.sagemaker.farm import Farm

    farm = Farm(runs, tmp_path / "w")
    yield farm
    farm.close()


@pytest.fixture
def in_service(sm: Any, role: str, controllers: Controllers, clock: FakeClock, farm: Farm) -> str:
    from tests.services.sagemaker.farm import make_config
    from tests.support.turns import turn

    make_config(sm, role, "c1")
    sm.create_endpoint(EndpointName="e", EndpointConfigName="c1")
    turn(controllers, clock, 2, 0.1)
    farm.bring_up()
    turn(controllers, clock, 2, 0.1)
    return "e"


@pytest.fixture
def bench(
    sm: Any,
    role: str,
    client: Callable[..., Any],
    platform: Platform,
    controllers: Controllers,
    clock: FakeClock,
    runs: FakeExecutor,
) -> Bench:
    """Pipelines whose role may do what pipelines do."""
    from tests.services.sagemaker.pipeline_bench import Bench

    policy = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
    client("iam").attach_role_policy(RoleName="Jobs", PolicyArn=policy)
    # What the processing step of these tests would write.
    client("s3").put_object(Bucket="bucket", Key="made/report.json", Body=b'{"mse": [{"value": 4.5}]}')
    return Bench(sm, role, platform, controllers, clock, runs)
