"""A model that transform jobs serve."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.images import XGBOOST


@pytest.fixture
def model(sm: Any, role: str) -> str:
    container = {"Image": XGBOOST, "ModelDataUrl": "s3://bucket/model.tar.gz", "Environment": {"A": "model"}}
    sm.create_model(ModelName="m", ExecutionRoleArn=role, PrimaryContainer=container)
    return "m"
