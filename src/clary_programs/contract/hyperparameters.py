"""Hyperparameters: the raw strings of `hyperparameters.json`, and their reading by AWS's training toolkit.

Does not know what any of them means to an algorithm.
Source: aws/sagemaker-training-toolkit, `environment.py` and `params.py`; contracts, section 1.3.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

RESERVED_PREFIX = "sagemaker_"

# Consumed by the toolkit itself; every other `sagemaker_*` is a parameter of the framework.
PLATFORM_NAMES = frozenset(
    {
        "sagemaker_program",
        "sagemaker_submit_directory",
        "sagemaker_enable_cloudwatch_metrics",
        "sagemaker_region",
        "sagemaker_container_log_level",
        "sagemaker_job_name",
        "default_user_module_name",
        "_tuning_objective_metric",
        "sagemaker_s3_output",
    }
)


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """Decoded values in the toolkit's three groups."""

    user: Mapping[str, object]
    platform: Mapping[str, object]
    framework: Mapping[str, object]


def read_raw(path: Path) -> dict[str, str]:
    """Return the file unchanged, every value a string; empty if the file does not exist."""
    if not path.exists():
        return {}
    return json.loads(path.read_text(encoding="utf-8"))


def decode(value: object) -> object:
    """Return a value as the toolkit reads it: JSON where it is JSON, the string itself where it is not."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def split(raw: Mapping[str, object]) -> Hyperparameters:
    """Decode every value and sort it into the user's, the toolkit's and the framework's."""
    user: dict[str, object] = {}
    platform: dict[str, object] = {}
    framework: dict[str, object] = {}
    for name, value in raw.items():
        if name in PLATFORM_NAMES:
            group = platform
        else:
            group = framework if name.startswith(RESERVED_PREFIX) else user
        group[name] = decode(value)
    return Hyperparameters(user, platform, framework)


def read(path: Path) -> Hyperparameters:
    """Return `split(read_raw(path))`."""
    return split(read_raw(path))
