"""The inference specification that a user has logged beside a model, for the package that is made of it
(`sagemaker_mlflow.log_inference_specification`)."""

from __future__ import annotations

import json
from typing import Any

from clary.kernel import AwsError
from clary.plane import World
from clary.workloads import s3_data

_NAME = "sagemaker_inference_specification.json"
_LARGEST = 256 << 10  # bytes


def found_at(world: World, role: str, uri: str) -> dict[str, Any] | None:
    """Return the specification below an artifact's URI, or None. As on AWS, one that the role may not read is ignored, and
    so is one that is not JSON."""
    bucket, prefix = s3_data.split(uri)
    if not uri.startswith("s3://"):
        return None
    place = {"Bucket": bucket, "Key": f"{prefix.rstrip('/')}/{_NAME}".lstrip("/")}
    try:
        if int(world.call("s3", "HeadObject", place, role=role)["ContentLength"]) > _LARGEST:
            return None
        found = json.loads(world.call("s3", "GetObject", place, role=role)["Body"])
    except (AwsError, ValueError):
        return None
    return found if isinstance(found, dict) else None
