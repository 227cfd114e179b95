"""What the tests of AWS services as principals share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.support.principals import ACCOUNT

Client = Callable[..., Any]
REGION = "us-east-1"
SOURCE = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/e"
BUCKET = ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"]
