"""How a mapping becomes environment variables and command-line arguments in AWS's training toolkit.

Knows nothing of jobs. Source: aws/sagemaker-training-toolkit `mapping.py`; contracts, section 2.1.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

PREFIX = "SM_"


def text_of(value: object) -> str:
    """Strings as they are, None as nothing, all else compact JSON with sorted keys and ASCII escapes."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def to_variables(values: Mapping[str, object]) -> dict[str, str]:
    """Return `{"hp_learning-rate": 0.1}` to `{"SM_HP_LEARNING-RATE": "0.1"}`; hyphens are kept."""
    return {PREFIX + name.upper(): text_of(value) for name, value in values.items() if name}


def to_arguments(values: Mapping[str, object]) -> list[str]:
    """Return `--name value` in the order of names; `-n value` for a one-letter name; a dict is `a=1,b=2`."""
    arguments: list[str] = []
    for name in sorted(values):
        arguments += [f"--{name}" if len(name) > 1 else f"-{name}", _argument(values[name])]
    return arguments


def _argument(value: object) -> str:
    if isinstance(value, Mapping):
        return ",".join(f"{key}={item}" for key, item in sorted(value.items()))
    return "" if value is None else str(value)
