"""Which ranges of hyperparameters are refused. Knows no other part of a request."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

from clary.kernel.errors import validation
from clary.services.sagemaker.tuning.search.ranges import number

# https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-limits.html
MOST_RANGES = 30
MOST_HYPERPARAMETERS = 100  # static and tuned together, and one more that names the objective
_NUMERIC = ("IntegerParameterRanges", "ContinuousParameterRanges")
_LARGEST_WHOLE = 2**53  # up to here a number with a point says each whole number exactly


def check(document: Mapping[str, Any]) -> None:
    """Raise ValidationException where there is no range, or one of them is not valid."""
    if not names_of(document):
        raise validation(
            "At least one hyperparameter range must be specified for a hyperparameter tuning job."
        )
    for kind in _NUMERIC:
        for one in document.get(kind, ()):
            _check_numeric(one, whole=kind == _NUMERIC[0])
    for one in document.get("CategoricalParameterRanges", ()):
        _check_values(one)


def names_of(document: Mapping[str, Any]) -> list[str]:
    """Return the names of all hyperparameters that a ParameterRanges document names."""
    kinds = (*_NUMERIC, "CategoricalParameterRanges", "AutoParameters")
    return [one["Name"] for kind in kinds for one in document.get(kind, ())]


def check_names(document: Mapping[str, Any], static: Mapping[str, str]) -> None:
    """Raise ValidationException for hyperparameters that occur twice or are static too, and for too many of them."""
    names = names_of(document)
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise validation(f"Hyperparameter names must be unique. Duplicate hyperparameter ranges: {twice}.")
    both = sorted(set(names) & set(static))
    if both:
        raise validation(
            f"Hyperparameters cannot be both static and tunable. Remove {both} from either the static hyperparameters "
            "or the hyperparameter ranges."
        )
    if len(names) > MOST_RANGES:
        raise validation(f"A hyperparameter tuning job can search at most {MOST_RANGES} hyperparameters.")
    if len(names) + len(static) + 1 > MOST_HYPERPARAMETERS:
        raise validation(
            f"The number of static and tunable hyperparameters must not exceed {MOST_HYPERPARAMETERS}."
        )


def _check_numeric(one: Mapping[str, Any], whole: bool) -> None:
    low, high = _end(one, "MinValue", whole), _end(one, "MaxValue", whole)
    if not math.isfinite(high - low):
        raise validation(f"The range of hyperparameter [{one['Name']}] is too large.")
    if low >= high:
        raise validation(
            f"The MinValue [{one['MinValue']}] of hyperparameter [{one['Name']}] must be less than its MaxValue "
            f"[{one['MaxValue']}]."
        )
    scale = one.get("ScalingType")
    if scale == "Logarithmic" and low <= 0:
        raise _bad_scale(
            one, "Logarithmic scaling works only for ranges that have only values greater than 0."
        )
    if scale == "ReverseLogarithmic" and (whole or low < 0 or high >= 1):
        raise _bad_scale(
            one,
            "Reverse logarithmic scaling works only for continuous ranges that are entirely within the range "
            "0<=x<1.0.",
        )


def _end(one: Mapping[str, Any], member: str, whole: bool) -> float:
    value = number(one[member])
    if value is None or (whole and (value != int(value) or abs(value) > _LARGEST_WHOLE)):
        kind = "integer" if whole else "number"
        raise validation(
            f"The {member} [{one[member]}] of hyperparameter [{one['Name']}] must be a valid {kind}."
        )
    return value


def _bad_scale(one: Mapping[str, Any], why: str) -> Exception:
    return validation(f"The scaling type of hyperparameter [{one['Name']}] is not valid. {why}")


def _check_values(one: Mapping[str, Any]) -> None:
    if len(set(one["Values"])) != len(one["Values"]):
        raise validation(f"The values of categorical hyperparameter [{one['Name']}] must be unique.")
