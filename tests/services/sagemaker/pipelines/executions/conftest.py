"""A bench with a role that may do what pipelines do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from clary.kernel import FakeClock
from clary.plane import Platform
from clary.runs.fake import FakeExecutor
from clary.server.loop import Controllers
from tests.services.sagemaker.pipelines.executions.bench import Bench


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
    client("iam").attach_role_policy(
        RoleName="Jobs", PolicyArn="arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
    )
    # What the processing step of these tests would write.
    client("s3").put_object(Bucket="bucket", Key="made/report.json", Body=b'{"mse": [{"value": 4.5}]}')
    return Bench(sm, role, platform, controllers, clock, runs)
