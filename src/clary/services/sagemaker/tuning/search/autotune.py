"""Autotune: ranges from an example value of each hyperparameter, and limits where the request says none
(https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-define-ranges.html). Knows no sampler.

Which ranges AWS derives is not published. Here a number is searched from a tenth to ten times its example, on a logarithmic
scale; `true` and `false` are tried both; any other text has no range and stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.services.sagemaker.tuning.search.ranges import number

_SPREAD = 10
_TRUTHS = (("true", "false"), ("True", "False"))
_LEAST_JOBS, _JOBS_FOR_EACH = 20, 10

Doc = dict[str, Any]


def is_on(params: Mapping[str, Any]) -> bool:
    """Return whether a request asks for Autotune."""
    return params.get("Autotune", {}).get("Mode") == "Enabled"


def derive(document: Mapping[str, Any]) -> tuple[Doc, dict[str, str]]:
    """Return the ParameterRanges document with a range for each auto parameter, and the values of those that have none."""
    found: Doc = {kind: list(ranges) for kind, ranges in document.items() if kind != "AutoParameters"}
    static = {}
    for one in document.get("AutoParameters", ()):
        kind, derived = _range_of(one["Name"], one["ValueHint"])
        if derived:
            found.setdefault(kind, []).append(derived)
        else:
            static[one["Name"]] = one["ValueHint"]
    return found, static


def jobs_for(document: Mapping[str, Any]) -> int:
    """Return how many training jobs a tuning job with these ranges may launch where the request does not say."""
    tuned = sum(len(ranges) for kind, ranges in document.items() if kind != "AutoParameters")
    return max(_LEAST_JOBS, _JOBS_FOR_EACH * tuned)


def _range_of(name: str, hint: str) -> tuple[str, Doc | None]:
    for values in _TRUTHS:
        if hint in values:
            return "CategoricalParameterRanges", {"Name": name, "Values": list(values)}
    value = number(hint)
    if value is None:
        return "", None
    if hint.lstrip("+-").isdigit():
        return "IntegerParameterRanges", _around(name, *_whole_ends(int(hint)))
    return "ContinuousParameterRanges", _around(name, *_ends(value))


def _whole_ends(value: int) -> tuple[int, int]:
    if value == 0:
        return 0, _SPREAD
    low, high = sorted((int(value / _SPREAD), value * _SPREAD))
    return (max(1, low), high) if value > 0 else (low, min(-1, high))


def _ends(value: float) -> tuple[float, float]:
    """Return the ends around a number. What lies between 0 and 1 often is a share, and stays below 1."""
    if value == 0:
        return 0.0, 1.0
    low, high = sorted((value / _SPREAD, value * _SPREAD))
    return (low, min(high, 1.0)) if 0 < value < 1 else (low, high)


def _around(name: str, low: float, high: float) -> Doc:
    scale = "Logarithmic" if low > 0 else "Linear"
    return {"Name": name, "MinValue": str(low), "MaxValue": str(high), "ScalingType": scale}
