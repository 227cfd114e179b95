"""IAM is tested with STS and nothing else beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clary.kernel import FakeClock
from clary.plane import Platform
from clary.runs.fake import FakeExecutor
from clary.server.assemble import Options
from tests.support.homes import platform_of
from tests.support.principals import TRUST, allow, policy


@pytest.fixture
def platform(tmp_path: Path, clock: FakeClock, runs: FakeExecutor, options: Options) -> Iterator[Platform]:
    with platform_of("iam", "sts", folder=tmp_path, options=options, clock=clock, runs=runs) as built:
        yield built


READ_S3 = policy(allow("s3:Get*"))
FULL = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"


def make(iam: Any, name: str = "work", **more: Any) -> dict[str, Any]:
    return iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST), **more)["Role"]
